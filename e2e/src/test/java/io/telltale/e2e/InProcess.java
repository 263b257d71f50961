package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Pem;
import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.Enroller;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.device.TlsMaterial;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registry;
import io.telltale.roster.AssetRecord;
import io.telltale.server.Config;
import io.telltale.server.Server;
import io.telltale.testkit.MovingClock;
import io.telltale.testkit.Waiting;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole server in this process, by a clock of the test. */
final class InProcess {
  private static final String TOKEN = "dG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG";

  private InProcess() {}

  static Config config(Path folder, String name) {
    return new Config(
        folder.resolve(name),
        "telltale.local",
        "127.0.0.1",
        List.of("localhost", "127.0.0.1"),
        new Config.Ports(0, 0, 0, 0),
        new Config.Limits(1_000, 64, 200, 16L << 20),
        new Config.Disk(0, 0, 1L << 30),
        new Config.PipelineSettings(Duration.ofMillis(100), 1_000),
        Duration.ofHours(1),
        Path.of(""),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  static void publish(Server server, MqttConnector connector, MovingClock clock, String name) {
    MqttConnection session = session(server, connector, clock, name);
    var payload =
        new Telemetry(clock.instant(), Map.of("temperature", 21.5), Map.of(), Optional.empty(), "1")
            .payload(1, clock.instant());
    assertThat(
            TestDevice.await(session.publish("t/default/d/" + name + "/telemetry", payload, false)))
        .isEqualTo(new Delivery.Acknowledged());
    session.close();
  }

  /** Enrolls {@code name} and connects it. */
  static MqttConnection session(
      Server server, MqttConnector connector, InstantSource clock, String name) {
    TlsMaterial material = enroll(server, clock, name);
    Connected connected = connect(server, connector, clock, name, material);
    assertThat(connected).as(name).isInstanceOf(Connected.Ready.class);
    return ((Connected.Ready) connected).connection();
  }

  static Connected connect(
      Server server,
      MqttConnector connector,
      InstantSource clock,
      String name,
      TlsMaterial material) {
    return TestDevice.await(
        connector.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.ports().mqtt()),
            MqttConnector.tls(material, clock),
            name));
  }

  static TlsMaterial enroll(Server server, InstantSource clock, String name) {
    var id = new DeviceId(TenantId.DEFAULT, name);
    var asset = new AssetRecord("test", "eu", "line-1", "press", "team", "hall", Map.of());
    server.registry().addDevice(new NewDevice(id, asset), "test");
    String token = TOKEN + name.hashCode();
    server.registry().createToken(id, Registry.tokenHash(token), Duration.ofHours(1), "test");
    var roots = server.authority().roots();
    KeyPair key = EcdsaP256.generate();
    var enroller = new Enroller(server.enrollUri(), roots, server.doorId().uri(), clock);
    Enroller.Enrolled outcome = enroller.enroll(name, token, key);
    assertThat(outcome).as(name).isInstanceOf(Enroller.Enrolled.Issued.class);
    var chain = ((Enroller.Enrolled.Issued) outcome).chain();
    return new TlsMaterial(key.getPrivate(), chain, roots, server.doorId().uri());
  }

  static void await(Server server, int records) throws Exception {
    Waiting.until(
        "the pipeline has stored everything",
        60,
        () -> status(server).at("/pipeline/records").asInt() == records);
    assertThat(status(server).at("/pipeline/rejected").asInt()).isZero();
  }

  static JsonNode status(Server server) throws Exception {
    String answer =
        ask(server, "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200");
    return JsonMapper.shared()
        .readTree(answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
  }

  /** As the command line asks, with the files in {@code operator/}, by the server's clock. */
  static String ask(Server server, String request) throws Exception {
    Path operator = server.folder().part("operator");
    var chain =
        Pem.readCertificates(Files.readString(operator.resolve("operator.crt.pem"))).orElseThrow();
    var key =
        Pem.decode("PRIVATE KEY", Files.readString(operator.resolve("operator.key.pem")))
            .flatMap(EcdsaP256::privateKey)
            .orElseThrow();
    var credential = new TestCa.Credential(key, chain);
    try (var peer = RawPeer.tls(server.ports().api(), Optional.of(credential))) {
      return peer.send(request).seen();
    }
  }
}
