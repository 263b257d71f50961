package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.device.Connected;
import io.telltale.device.Enroller;
import io.telltale.device.MqttConnector;
import io.telltale.identity.CaToken;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Finding;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.registry.Registry;
import io.telltale.server.Config;
import io.telltale.server.Server;
import io.telltale.server.checks.FolderCheck;
import io.telltale.testkit.MovingClock;
import io.telltale.testkit.SoftHsm;
import io.telltale.testkit.Waiting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ID-1: a whole server whose CAs' keys are in a PKCS #11 token, of SoftHSM here. */
final class CaTokenServerTest {
  private static final String ENROLLMENT = "dG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG9rZW4tdG9";
  private static final String PIN = "471147114711";

  @TempDir private Path folder;
  private final MovingClock clock = new MovingClock(Instant.now());
  private SoftHsm hsm;
  private Path pinFile;

  @BeforeEach
  void make() throws Exception {
    hsm = SoftHsm.require(folder);
    hsm.use();
    hsm.token("plant", PIN);
    pinFile = Files.writeString(folder.resolve("pin"), PIN + "\n");
  }

  private Config config() {
    Config plain = InProcess.config(folder, "data");
    return new Config(
        plain.data(),
        plain.trustDomain(),
        plain.host(),
        plain.names(),
        plain.ports(),
        plain.limits(),
        plain.disk(),
        plain.pipeline(),
        plain.watchdog(),
        plain.passphraseFile(),
        plain.statusUrl(),
        plain.database(),
        Optional.of(new CaToken.Place(hsm.library(), "plant", pinFile)));
  }

  private static Enroller.Enrolled enroll(Server server, MovingClock clock, String name) {
    var enroller =
        new Enroller(server.enrollUri(), server.authority().roots(), server.doorId().uri(), clock);
    return enroller.enroll(name, ENROLLMENT, EcdsaP256.generate());
  }

  @Test
  void a_server_starts_serves_and_starts_again_with_no_key_of_a_ca_on_its_disk() throws Exception {
    try (Server server = Server.start(config(), clock);
        var connector = new MqttConnector(1)) {
      InProcess.publish(server, connector, clock, "press-0");
      InProcess.await(server, 1);
      assertThat(InProcess.status(server).path("caToken").asString()).isEqualTo("available");
    }
    try (Stream<Path> files = Files.list(folder.resolve("data/ca"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".key.sealed"))).isEmpty();
    }
    for (boolean deep : new boolean[] {false, true}) {
      assertThat(FolderCheck.run(config(), deep, _ -> {}).findings()).isEmpty();
      assertThat(FolderCheck.run(InProcess.config(folder, "data"), deep, _ -> {}).findings())
          .first()
          .extracting(Finding::text)
          .asString()
          .contains("is in the PKCS #11 token \"plant\"", "--config FILE");
    }
    try (Server server = Server.start(config(), clock);
        var connector = new MqttConnector(1)) {
      InProcess.publish(server, connector, clock, "press-1");
    }
  }

  @Test
  void while_the_token_is_away_devices_go_on_and_nobody_is_enrolled() throws Exception {
    try (Server server = Server.start(config(), clock);
        var connector = new MqttConnector(1)) {
      var material = InProcess.enroll(server, clock, "press-0");
      InProcess.publish(server, connector, clock, "press-1");
      var id = new DeviceId(TenantId.DEFAULT, "press-1");
      server
          .registry()
          .createToken(id, Registry.tokenHash(ENROLLMENT), Duration.ofHours(1), "test");
      Path aside = folder.resolve("aside");
      Files.move(hsm.tokens(), aside);
      Files.createDirectories(hsm.tokens());
      assertThat(enroll(server, clock, "press-1").toString()).contains("503");
      assertThat(InProcess.status(server).path("caToken").asString()).contains("\"plant\"");
      assertThat(metrics(server)).contains("telltale_ca_token_available 0.0");
      assertThat(InProcess.connect(server, connector, clock, "press-0", material))
          .isInstanceOf(Connected.Ready.class);

      Files.delete(hsm.tokens());
      Files.move(aside, hsm.tokens());
      Waiting.until(
          "the token is asked again",
          60,
          () -> enroll(server, clock, "press-1") instanceof Enroller.Enrolled.Issued);
      assertThat(metrics(server)).contains("telltale_ca_token_available 1.0");
      assertThat(Files.readString(server.logFile())).doesNotContain(PIN);
    }
  }

  @Test
  void a_wrong_pin_starts_nothing_and_is_given_once() throws Exception {
    Files.writeString(pinFile, "08150815");
    assertThatThrownBy(() -> Server.start(config(), clock))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("has refused the PIN (");
    assertThatThrownBy(() -> Server.start(config(), clock))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("has refused the PIN in " + pinFile + " before");
    Files.writeString(pinFile, PIN);
    Server.start(config(), clock).close();
  }

  private static String metrics(Server server) throws Exception {
    return InProcess.ask(
        server, "GET /v1/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
}
