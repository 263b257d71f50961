package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.Enroller;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.device.TlsMaterial;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyDocument;
import io.telltale.registry.Returns;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Policy;
import io.telltale.server.Config;
import io.telltale.server.Server;
import io.telltale.testkit.MovingClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Firm ground 14 and 24: nothing ends unseen, and what can be renewed is, while the server runs.
 */
final class LongYearTest {
  private static final Instant START = Instant.parse("2026-11-28T12:00:00Z");

  @TempDir private Path folder;

  @Test
  void a_server_that_is_up_for_200_days_serves_agents_and_the_operator() throws Exception {
    var clock = new MovingClock(START);
    try (Server server = Server.start(InProcess.config(folder, "data"), clock);
        var connector = new MqttConnector(1)) {
      var serials = new java.util.HashSet<String>();
      int sent = 0;
      for (int day : List.of(0, 61, 80, 90, 200)) {
        clock.set(START.plus(Duration.ofDays(day)));
        server.renewWhatIsDue();
        InProcess.publish(server, connector, clock, "press-" + day);
        sent++;
        JsonNode status = InProcess.status(server);
        serials.add(status.at("/endings/service/ends").asString());
        status
            .get("endings")
            .forEach(ending -> assertThat(ending.get("stage").asString()).isEqualTo("good"));
      }
      assertThat(serials).as("certificates of the service").hasSizeGreaterThanOrEqualTo(3);
      InProcess.await(server, sent);
      // What only a person can renew is told, and what to do.
      Instant rootEnds = server.authority().roots().getFirst().getNotAfter().toInstant();
      clock.set(rootEnds.minus(Duration.ofDays(20)));
      server.renewWhatIsDue();
      JsonNode root = InProcess.status(server).at("/endings/ca-root");
      assertThat(root.get("stage").asString()).isEqualTo("within-a-month");
      assertThat(root.get("ends").asString()).isEqualTo(rootEnds.toString());
      assertThat(root.get("remedy").asString()).isNotEmpty();
    }
  }

  @Test
  void a_session_goes_on_over_the_renewal_of_the_door_and_who_comes_then_sees_the_new_one()
      throws Exception {
    var clock = new MovingClock(START);
    try (Server server = Server.start(InProcess.config(folder, "renewed"), clock);
        var connector = new MqttConnector(1)) {
      var doors = List.of(server.ports().mqtt(), server.ports().enroll(), server.ports().api());
      clock.set(START.plus(Duration.ofDays(65)));
      MqttConnection session = InProcess.session(server, connector, clock, "press-1");
      X509Certificate first = shown(doors.getFirst());
      assertThat(answers(session, clock, 1, 20)).containsOnly(new Delivery.Acknowledged());

      clock.set(START.plus(Duration.ofDays(66)));
      var before = send(session, clock, 21, 20);
      server.renewWhatIsDue();
      var after = send(session, clock, 41, 20);
      Stream.concat(before.stream(), after.stream())
          .forEach(one -> assertThat(TestDevice.await(one)).isEqualTo(new Delivery.Acknowledged()));
      X509Certificate next = shown(doors.getFirst());
      assertThat(next).isNotEqualTo(first);
      for (int port : doors) {
        assertThat(shown(port)).isEqualTo(next);
      }

      // The older one ends, and the session that began under it does not.
      clock.set(first.getNotAfter().toInstant().plus(Duration.ofDays(1)));
      assertThat(answers(session, clock, 61, 20)).containsOnly(new Delivery.Acknowledged());
      assertThat(session.isOpen()).isTrue();
      InProcess.publish(server, connector, clock, "press-2");
      InProcess.await(server, 81);
      session.close();
    }
  }

  private static X509Certificate shown(int port) throws Exception {
    try (var peer = RawPeer.tls(port, Optional.empty())) {
      return (X509Certificate) peer.shown().getFirst();
    }
  }

  private static List<CompletableFuture<Delivery>> send(
      MqttConnection session, MovingClock clock, int first, int count) {
    return IntStream.range(first, first + count)
        .mapToObj(
            sequence -> {
              var reading =
                  new Telemetry(
                      clock.instant(),
                      Map.of("temperature", 21.5),
                      Map.of(),
                      Optional.empty(),
                      "1");
              return session.publish(
                  "t/default/d/press-1/telemetry",
                  reading.payload(sequence, clock.instant()),
                  false);
            })
        .toList();
  }

  private static List<Delivery> answers(
      MqttConnection session, MovingClock clock, int first, int count) {
    return send(session, clock, first, count).stream().map(TestDevice::await).toList();
  }

  // Firm ground 23: the device has no other certificate, and none can be given back to it.
  @Test
  void a_device_that_enrolled_while_the_clock_was_ahead_renews_once_it_is_right() throws Exception {
    var clock = new MovingClock(START);
    try (Server server = Server.start(InProcess.config(folder, "ahead"), clock);
        var connector = new MqttConnector(1)) {
      clock.set(START.plus(Duration.ofDays(20)));
      TlsMaterial ahead = InProcess.enroll(server, clock, "pump-1");
      clock.set(START);
      assertThat(InProcess.connect(server, connector, clock, "pump-1", ahead))
          .isNotInstanceOf(Connected.Ready.class);
      KeyPair next = EcdsaP256.generate();
      var enroller =
          new Enroller(
              server.enrollUri(), server.authority().roots(), server.doorId().uri(), clock);
      var renewed = (Enroller.Enrolled.Issued) enroller.renew("pump-1", ahead, next);
      var right =
          new TlsMaterial(
              next.getPrivate(),
              renewed.chain(),
              server.authority().roots(),
              server.doorId().uri());
      assertThat(InProcess.connect(server, connector, clock, "pump-1", right))
          .isInstanceOf(Connected.Ready.class);
    }
  }

  // LC-4: a device that was away, by EST; no other door takes what has ended.
  @Test
  void a_device_that_was_away_renews_once_a_person_has_said_so() throws Exception {
    var clock = new MovingClock(START);
    try (Server server = Server.start(InProcess.config(folder, "away"), clock);
        var connector = new MqttConnector(1)) {
      TlsMaterial ended = InProcess.enroll(server, clock, "buoy-1");
      clock.set(START.plus(Duration.ofDays(45)));
      server.renewWhatIsDue();
      var enroller =
          new Enroller(
              server.enrollUri(), server.authority().roots(), server.doorId().uri(), clock);
      assertThat(enroller.renew("buoy-1", ended, EcdsaP256.generate()))
          .isInstanceOfSatisfying(
              Enroller.Enrolled.Refused.class,
              refused -> assertThat(refused.reason()).contains("this certificate has ended"));
      var id = new DeviceId(TenantId.DEFAULT, "buoy-1");
      var why = new Act("test", "back from the sea");
      assertThat(server.registry().returns().allow(id, Duration.ofDays(7), why))
          .isInstanceOf(Returns.Outcome.NotByPolicy.class);
      String policy =
          Policy.factoryDocument()
              .asUtf8()
              .replaceFirst("\"version\": *1", "\"version\": 2")
              .replace(
                  "\"attestationRequired\": false",
                  "\"attestationRequired\": false, \"renewAfterExpiryDays\": 90");
      server
          .registry()
          .putPolicy(
              new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(policy), OptionalLong.empty()), why);
      assertThat(server.registry().returns().allow(id, Duration.ofDays(7), why))
          .isInstanceOf(Returns.Outcome.Allowed.class);
      assertThat(InProcess.connect(server, connector, clock, "buoy-1", ended))
          .isNotInstanceOf(Connected.Ready.class);
      KeyPair next = EcdsaP256.generate();
      var renewed = (Enroller.Enrolled.Issued) enroller.renew("buoy-1", ended, next);
      var back =
          new TlsMaterial(
              next.getPrivate(), renewed.chain(), renewed.trust(), server.doorId().uri());
      assertThat(InProcess.connect(server, connector, clock, "buoy-1", back))
          .isInstanceOf(Connected.Ready.class);
      assertThat(enroller.renew("buoy-1", ended, EcdsaP256.generate()))
          .isInstanceOf(Enroller.Enrolled.Refused.class);
    }
  }

  // Firm ground 23; a clock set a year ahead and back, as a bad time server does it
  @Test
  void a_clock_that_jumps_a_year_and_back_stops_nothing_and_loses_nothing() throws Exception {
    var clock = new MovingClock(START);
    try (Server server = Server.start(InProcess.config(folder, "jump"), clock);
        var connector = new MqttConnector(1)) {
      int sent = 0;
      for (int day : List.of(0, 365, 0)) {
        clock.set(START.plus(Duration.ofDays(day)).plusSeconds(sent));
        server.renewWhatIsDue();
        String name = "pump-" + sent;
        InProcess.publish(server, connector, clock, name);
        sent++;
        InProcess.await(server, sent);
        var id = new DeviceId(TenantId.DEFAULT, name);
        server.registry().transition(id, LifecycleState.COMPROMISED, new Act("test", "stolen"));
        assertThat(server.registry().find(id).orElseThrow().state())
            .isEqualTo(LifecycleState.COMPROMISED);
      }
    }
    // Started again by the right clock: what was written under the wrong one is read.
    try (Server server = Server.start(InProcess.config(folder, "jump"), clock);
        var connector = new MqttConnector(1)) {
      InProcess.publish(server, connector, clock, "pump-9");
      InProcess.await(server, 1);
    }
  }

  @Test
  void a_first_start_at_a_wrong_date_is_named_and_can_be_mended() throws Exception {
    assertThatThrownBy(() -> Server.start(InProcess.config(folder, "epoch"), () -> Instant.EPOCH))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("1970-01-01T00:00:00Z")
        .hasMessageContaining("timedatectl");
    assertThat(folder.resolve("epoch")).doesNotExist();

    Config config = InProcess.config(folder, "future");
    Server.start(config, () -> Instant.parse("2038-01-19T03:14:08Z")).close();
    var clock = new MovingClock(START);
    Path ca = config.data().resolve("ca");
    assertThatThrownBy(() -> Server.start(config, clock))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("2038-01-19")
        .hasMessageContaining("move " + ca + " aside");
    Files.move(ca, config.data().resolveSibling("ca-of-2038"));
    assertThatThrownBy(() -> Server.start(config, clock))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("root.crt.pem is missing");
    Files.createFile(Files.createDirectories(ca).resolve("make-new"));
    try (Server server = Server.start(config, clock);
        var connector = new MqttConnector(1)) {
      InProcess.publish(server, connector, clock, "press-1");
      assertThat(InProcess.status(server).at("/endings/operator/stage").asString())
          .isEqualTo("good");
    }
  }
}
