package io.telltale.e2e;

import io.netty.handler.ssl.SslContext;
import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Pem;
import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.Enroller;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.device.TlsMaterial;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A device enrolled with a running server the way a vendor's software would do it. */
final class TestDevice {
  static final String DOOR = "spiffe://telltale.local/default/service/door";

  private final String name;
  private final TlsMaterial material;
  private final SslContext tls;

  private TestDevice(String name, TlsMaterial material) {
    this.name = name;
    this.material = material;
    this.tls = MqttConnector.tls(material, InstantSource.system());
  }

  static void register(ServerProcess server, String name, String productLine) {
    server.json(
        "device",
        "add",
        name,
        "--type",
        "press",
        "--environment",
        "test",
        "--region",
        "eu",
        "--product-line",
        productLine,
        "--site",
        "north-hall");
  }

  /** Registers {@code name} and enrolls it over the enrollment listener. */
  static TestDevice enroll(ServerProcess server, String name) throws IOException {
    return enroll(server, name, "line-1");
  }

  static TestDevice enroll(ServerProcess server, String name, String productLine)
      throws IOException {
    register(server, name, productLine);
    String token = TestToken.create(server, name, Files.createTempDirectory("token")).text();
    List<X509Certificate> roots = roots(server);
    KeyPair key = EcdsaP256.generate();
    var enroller =
        new Enroller(
            URI.create("https://127.0.0.1:" + server.port("enroll")),
            roots,
            DOOR,
            InstantSource.system());
    Enroller.Enrolled outcome = enroller.enroll(name, token, key);
    if (!(outcome instanceof Enroller.Enrolled.Issued(var chain, var _))) {
      throw new AssertionError("enrolling " + name + ": " + outcome);
    }
    return new TestDevice(name, new TlsMaterial(key.getPrivate(), chain, roots, DOOR));
  }

  static List<X509Certificate> roots(ServerProcess server) throws IOException {
    JsonNode bundle =
        JsonMapper.builder()
            .build()
            .readTree(Files.readString(server.data().resolve("operator/trust-bundle.json")));
    var pem = new StringBuilder();
    bundle.get("caRoots").forEach(root -> pem.append(root.asString()).append('\n'));
    return Pem.readCertificates(pem.toString()).orElseThrow();
  }

  String name() {
    return name;
  }

  TlsMaterial material() {
    return material;
  }

  SslContext tls() {
    return tls;
  }

  String topic() {
    return "t/default/d/" + name + "/telemetry";
  }

  Connected tryConnect(MqttConnector connector, ServerProcess server) {
    return await(
        connector.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port("mqtt")),
            tls,
            name));
  }

  MqttConnection connect(MqttConnector connector, ServerProcess server) {
    Connected outcome = tryConnect(connector, server);
    if (outcome instanceof Connected.Ready(MqttConnection connection)) {
      return connection;
    }
    throw new AssertionError(name + " cannot connect: " + outcome);
  }

  Delivery publish(MqttConnection connection, long sequence, double celsius) {
    return await(connection.publish(topic(), payload(sequence, celsius), false));
  }

  static Bytes payload(long sequence, double celsius) {
    Instant now = Instant.now();
    return new Telemetry(now, Map.of("temperature", celsius), Map.of(), Optional.empty(), "1.4.2")
        .payload(sequence, now);
  }

  /** Writes key, chain and CA as PEM files for other people's clients. */
  void writePem(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("device.crt"), Pem.certificates(material.chain()));
    Files.writeString(
        folder.resolve("device.key"), Pem.encode("PRIVATE KEY", material.key().getEncoded()));
    Files.writeString(folder.resolve("ca.crt"), Pem.certificates(material.roots()));
  }

  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no answer", e);
    }
  }
}
