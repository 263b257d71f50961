package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.P256;
import io.telltale.crypto.x509.Pem;
import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.Enroller;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.device.TlsMaterial;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.registry.Act;
import io.telltale.registry.AssetRecord;
import io.telltale.registry.LifecycleState;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registry;
import io.telltale.server.Config;
import io.telltale.server.Server;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Firm ground 14 and 24: nothing ends unseen, and what can be renewed is, while the server runs.
 */
final class LongYearTest {
  private static final Instant START = Instant.parse("2026-11-28T12:00:00Z");
  private static final String TOKEN = "dG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG";

  @TempDir private Path folder;

  private static final class Clock implements InstantSource {
    private volatile Instant now;

    Clock(Instant start) {
      now = start;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  @Test
  void a_server_that_is_up_for_200_days_serves_agents_and_the_operator() throws Exception {
    var clock = new Clock(START);
    try (Server server = Server.start(config("data"), clock);
        var connector = new MqttConnector(1)) {
      var serials = new java.util.HashSet<String>();
      int sent = 0;
      for (int day : List.of(0, 61, 80, 90, 200)) {
        clock.now = START.plus(Duration.ofDays(day));
        server.renewWhatIsDue();
        publish(server, connector, clock, "press-" + day);
        sent++;
        JsonNode status = status(server);
        serials.add(status.at("/endings/service/ends").asString());
        status
            .get("endings")
            .forEach(ending -> assertThat(ending.get("stage").asString()).isEqualTo("good"));
      }
      assertThat(serials).as("certificates of the service").hasSizeGreaterThanOrEqualTo(3);
      await(server, sent);
    }
  }

  // Firm ground 23; a clock set a year ahead and back, as a bad time server does it
  @Test
  void a_clock_that_jumps_a_year_and_back_stops_nothing_and_loses_nothing() throws Exception {
    var clock = new Clock(START);
    try (Server server = Server.start(config("jump"), clock);
        var connector = new MqttConnector(1)) {
      int sent = 0;
      for (int day : List.of(0, 365, 0)) {
        clock.now = START.plus(Duration.ofDays(day)).plusSeconds(sent);
        server.renewWhatIsDue();
        String name = "pump-" + sent;
        publish(server, connector, clock, name);
        sent++;
        await(server, sent);
        var id = new DeviceId(TenantId.DEFAULT, name);
        server.registry().transition(id, LifecycleState.COMPROMISED, new Act("test", "stolen"));
        assertThat(server.registry().find(id).orElseThrow().state())
            .isEqualTo(LifecycleState.COMPROMISED);
      }
    }
    // Started again by the right clock: what was written under the wrong one is read.
    try (Server server = Server.start(config("jump"), clock);
        var connector = new MqttConnector(1)) {
      publish(server, connector, clock, "pump-9");
      await(server, 1);
    }
  }

  @Test
  void a_first_start_at_a_wrong_date_is_named_and_can_be_mended() throws Exception {
    assertThatThrownBy(() -> Server.start(config("epoch"), () -> Instant.EPOCH))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("1970-01-01T00:00:00Z")
        .hasMessageContaining("timedatectl");
    assertThat(folder.resolve("epoch")).doesNotExist();

    Config config = config("future");
    Server.start(config, () -> Instant.parse("2038-01-19T03:14:08Z")).close();
    var clock = new Clock(START);
    Path ca = config.data().resolve("ca");
    assertThatThrownBy(() -> Server.start(config, clock))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("2038-01-19")
        .hasMessageContaining("move " + ca + " aside");
    Files.move(ca, config.data().resolveSibling("ca-of-2038"));
    try (Server server = Server.start(config, clock);
        var connector = new MqttConnector(1)) {
      publish(server, connector, clock, "press-1");
      assertThat(status(server).at("/endings/operator/stage").asString()).isEqualTo("good");
    }
  }

  private Config config(String name) {
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
        Path.of(""));
  }

  private static void publish(Server server, MqttConnector connector, Clock clock, String name) {
    TlsMaterial material = enroll(server, clock, name);
    Connected connected =
        TestDevice.await(
            connector.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.ports().mqtt()),
                MqttConnector.tls(material, clock),
                name));
    assertThat(connected).as(name).isInstanceOf(Connected.Ready.class);
    MqttConnection session = ((Connected.Ready) connected).connection();
    var payload =
        new Telemetry(clock.now, Map.of("temperature", 21.5), Map.of(), Optional.empty(), "1")
            .payload(1, clock.now);
    assertThat(
            TestDevice.await(session.publish("t/default/d/" + name + "/telemetry", payload, false)))
        .isEqualTo(new Delivery.Acknowledged());
    session.close();
  }

  private static TlsMaterial enroll(Server server, Clock clock, String name) {
    var id = new DeviceId(TenantId.DEFAULT, name);
    var asset = new AssetRecord("test", "eu", "line-1", "press", "team", "hall", Map.of());
    server.registry().addDevice(new NewDevice(id, asset), "test");
    String token = TOKEN + name.hashCode();
    server.registry().createToken(id, Registry.tokenHash(token), Duration.ofHours(1), "test");
    var roots = server.authority().roots();
    KeyPair key = EcdsaP256.generate();
    var enroller = new Enroller(server.enrollUri(), roots, server.doorId().uri()).at(clock);
    Enroller.Enrolled outcome = enroller.enroll(name, token, key);
    assertThat(outcome).as(name).isInstanceOf(Enroller.Enrolled.Issued.class);
    var chain = ((Enroller.Enrolled.Issued) outcome).chain();
    return new TlsMaterial(key.getPrivate(), chain, roots, server.doorId().uri());
  }

  private static void await(Server server, int records) throws Exception {
    Waiting.until(
        "the pipeline has stored everything",
        60,
        () -> status(server).at("/pipeline/records").asInt() == records);
    assertThat(status(server).at("/pipeline/rejected").asInt()).isZero();
  }

  /** As the command line asks, with the files in {@code operator/}, by the server's clock. */
  private static JsonNode status(Server server) throws Exception {
    Path operator = server.folder().part("operator");
    var chain =
        Pem.readCertificates(Files.readString(operator.resolve("operator.crt.pem"))).orElseThrow();
    var key =
        Pem.decode("PRIVATE KEY", Files.readString(operator.resolve("operator.key.pem")))
            .flatMap(P256::privateKey)
            .orElseThrow();
    var credential = new StolenCa.Credential(key, chain);
    try (var peer = RawPeer.tls(server.ports().api(), Optional.of(credential))) {
      String answer =
          peer.send("GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .seen();
      assertThat(answer).startsWith("HTTP/1.1 200");
      return JsonMapper.shared()
          .readTree(answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
    }
  }
}
