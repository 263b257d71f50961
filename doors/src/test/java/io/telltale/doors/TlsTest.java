package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.OpenSsl;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.doors.accept.Listener;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.roster.CredentialState;
import io.telltale.roster.LifecycleState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Who gets past the handshake; every refusal is counted under its cause. */
class TlsTest {
  private static final Plant PLANT = new Plant();
  private static final String PRESS = "spiffe://telltale.local/default/device/press";

  @AfterAll
  static void close() {
    PLANT.close();
  }

  @Test
  void runs_on_boringssl_here() {
    assertThat(OpenSsl.isAvailable()).isTrue();
  }

  // ID-2 and the list of issue 2, part 4.
  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {
        "EXPIRED",
        "NOT_YET_VALID",
        "UNKNOWN_CA",
        "SELF_SIGNED",
        "WRONG_EKU",
        "UNREGISTERED",
        "REVOKED",
        "NOT_ACTIVE",
        "NAME_MISMATCH",
        "NO_CERTIFICATE"
      })
  void refuses_a_certificate_that_is(Cause cause) throws Exception {
    long before = PLANT.count("handshakes " + cause.label());
    assertThat(getsIn(client(cause))).isFalse();
    Plant.eventually(() -> PLANT.count("handshakes " + cause.label()) == before + 1);
  }

  // Firm ground 33: its alert is all that the device hears, and few show it to anybody.
  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"EXPIRED", "UNREGISTERED", "REVOKED", "NOT_ACTIVE"})
  void tells_who_looks_after_a_device_that_the_handshake_was_refused(Cause cause) throws Exception {
    PLANT.register(PLANT.ca.issue(TestCa.Wish.of(PRESS)), PRESS, "press");
    assertThat(getsIn(client(cause))).isFalse();
    Plant.eventually(() -> handshakes().contains(cause.label() + ": " + cause.sentence()));
  }

  // Anybody can write a device's name into a certificate of their own.
  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"UNKNOWN_CA", "SELF_SIGNED", "NO_CERTIFICATE"})
  void a_stranger_with_a_devices_name_is_counted_only(Cause cause) throws Exception {
    long before = PLANT.count("handshakes " + cause.label());
    assertThat(getsIn(client(cause))).isFalse();
    Plant.eventually(() -> PLANT.count("handshakes " + cause.label()) > before);
    assertThat(handshakes()).noneMatch(one -> one.startsWith(cause.label()));
  }

  private static List<String> handshakes() {
    return PLANT.door.refusals(new DeviceId(TenantId.DEFAULT, "press")).stream()
        .filter(one -> one.protocol().equals("mqtt") && one.about().equals("handshake"))
        .map(one -> one.why() + ": " + one.text())
        .toList();
  }

  // RFC 8446, section 6.2: a peer learns what is wrong with its certificate, not what we know.
  @ParameterizedTest
  @CsvSource({
    "EXPIRED, certificate_expired",
    "NOT_YET_VALID, bad_certificate",
    "UNKNOWN_CA, unknown_ca",
    "SELF_SIGNED, unknown_ca",
    "WRONG_EKU, unsupported_certificate",
    "REVOKED, certificate_revoked",
    "UNREGISTERED, certificate_unknown",
    "NOT_ACTIVE, certificate_unknown",
    "NAME_MISMATCH, certificate_unknown",
    "NO_CERTIFICATE, certificate_required"
  })
  void tells_the_peer_by_alert(Cause cause, String alert) throws Exception {
    try (var device = new RawDevice(client(cause), PLANT.door.port())) {
      // Who sends behind its handshake may meet a closed connection before it reads the alert.
      assertThatThrownBy(device::read).hasMessageContaining(alert);
    }
  }

  private static SSLContext client(Cause cause) {
    var ca = PLANT.ca;
    var plain = TestCa.Wish.of(PRESS);
    return switch (cause) {
      case EXPIRED -> registered(plain.valid(Duration.ofDays(-2), Duration.ofDays(-1)));
      case NOT_YET_VALID -> registered(plain.valid(Duration.ofDays(1), Duration.ofDays(2)));
      case WRONG_EKU -> registered(plain.usages(Set.of(Usage.SERVER)));
      case UNREGISTERED -> ca.client(ca.issue(plain));
      case UNKNOWN_CA -> ca.stubbornClient(new TestCa("Another CA").issue(plain));
      case SELF_SIGNED -> ca.stubbornClient(new TestCa("Impostor").issue(plain, "Impostor"));
      case REVOKED -> {
        var credential = ca.issue(plain);
        var identity = PLANT.register(credential, PRESS, "press");
        PLANT.view.put(MemoryView.with(identity, LifecycleState.ACTIVE, CredentialState.REVOKED));
        yield ca.client(credential);
      }
      case NOT_ACTIVE -> {
        var credential = ca.issue(plain);
        var identity = PLANT.register(credential, PRESS, "press");
        PLANT.view.put(
            MemoryView.with(identity, LifecycleState.QUARANTINED, CredentialState.ACTIVE));
        yield ca.client(credential);
      }
      // Registered to another device than the one it names.
      case NAME_MISMATCH -> {
        var credential = ca.issue(plain);
        PLANT.register(credential, PRESS + "-2", "press");
        yield ca.client(credential);
      }
      case NO_CERTIFICATE -> ca.client(null);
      case PROTOCOL_ERROR, TIMEOUT, CLOSED_BY_PEER, TOO_MANY, FULL, CERTIFICATE_MALFORMED ->
          throw new IllegalStateException();
    };
  }

  private static SSLContext registered(TestCa.Wish wish) {
    var credential = PLANT.ca.issue(wish);
    PLANT.register(credential, PRESS, "press");
    return PLANT.ca.client(credential);
  }

  @Test
  void refuses_a_certificate_authority_as_a_device() throws Exception {
    assertThat(getsIn(PLANT.ca.stubbornClient(PLANT.ca.itself()))).isFalse();
    var foreign = new TestCa("Foreign");
    assertThat(getsIn(PLANT.ca.stubbornClient(foreign.itself()))).isFalse();
  }

  @Test
  void refuses_more_than_one_name_and_names_of_other_domains_tenants_and_kinds() throws Exception {
    for (String uri :
        List.of(
            "spiffe://elsewhere.local/default/device/press",
            "spiffe://telltale.local/other/device/press",
            "spiffe://telltale.local/default/person/operator",
            "spiffe://telltale.local/default/service/door",
            "https://telltale.local/default/device/press")) {
      var credential = PLANT.ca.issue(TestCa.Wish.of(uri));
      PLANT.register(credential, PRESS, "press");
      assertThat(getsIn(PLANT.ca.client(credential))).as(uri).isFalse();
    }
    var two =
        PLANT.ca.issue(
            new TestCa.Wish(
                List.of(SubjectName.uri(PRESS), SubjectName.dns("press.example")),
                Set.of(Usage.CLIENT),
                Duration.ofHours(-1),
                Duration.ofDays(1)));
    PLANT.register(two, PRESS, "press");
    assertThat(getsIn(PLANT.ca.client(two))).isFalse();
  }

  @Test
  void lets_a_registered_device_in_over_tls_1_3_and_1_2() throws Exception {
    var credential = PLANT.device("versions");
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      var tls = PLANT.ca.client(credential, version);
      try (var device = new RawDevice(tls, PLANT.door.port())) {
        assertThat(device.socket().getSession().getProtocol()).isEqualTo(version);
        device.send(RawDevice.connect(5, 60));
        assertThat(device.read().type()).isEqualTo(2);
      }
    }
  }

  // Resumption skips the trust manager in this stack: the view is asked again at completion.
  @Test
  void a_resumed_session_of_a_revoked_device_gets_no_answer() throws Exception {
    var credential = PLANT.device("resumed");
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      var tls = PLANT.ca.client(credential, version);
      PLANT.view.put(
          MemoryView.with(
              PLANT.identity(credential), LifecycleState.ACTIVE, CredentialState.ACTIVE));
      for (int i = 0; i < 3; i++) {
        assertThat(getsIn(tls)).isTrue();
      }
      PLANT.revoke(credential);
      assertThat(getsIn(tls)).as(version).isFalse();
    }
  }

  // ID-1: keys on P-384 where a device's library or element makes those.
  @Test
  void a_device_with_a_key_on_p384_is_let_in_by_either_version() throws Exception {
    var ec = KeyPairGenerator.getInstance("EC");
    ec.initialize(new ECGenParameterSpec("secp384r1"));
    var credential = PLANT.device("curved", ec.generateKeyPair());
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      assertThat(getsIn(PLANT.ca.client(credential, version))).as(version).isTrue();
    }
  }

  @Test
  void a_resumed_session_of_a_ca_that_is_trusted_no_more_gets_no_answer() throws Exception {
    var credential = PLANT.device("outlived");
    TrustedRoots before = PLANT.trusted.get();
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      var tls = PLANT.ca.client(credential, version);
      assertThat(getsIn(tls)).isTrue();
      try {
        PLANT.trusted.set(new TrustedRoots(List.of(new TestCa("Another CA").certificate)));
        assertThat(getsIn(tls)).as(version).isFalse();
      } finally {
        PLANT.trusted.set(before);
      }
      assertThat(getsIn(tls)).as(version).isTrue();
    }
  }

  @Test
  void refuses_old_versions_and_plain_text() throws Exception {
    var tls = PLANT.ca.client(PLANT.device("old-tls"), "TLSv1.2");
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), PLANT.door.port())) {
      socket.getOutputStream().write(RawDevice.connect(5, 60));
      socket.setSoTimeout(5_000);
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      // A reset is as good an end.
    }
    Plant.eventually(() -> PLANT.count("handshakes protocol-error") > 0);
    assertThat(tls.getSupportedSSLParameters().getProtocols()).contains("TLSv1.2");
  }

  @Test
  void a_busy_port_says_which_and_what_to_do() {
    var setup =
        new Listener.Setup(
            PLANT.loops,
            new Address("127.0.0.1", PLANT.door.port(), "--mqtt-port"),
            DoorTls.of(
                    PLANT.ca.server().chain(),
                    PLANT.ca.server().key(),
                    ClientCertificate.NONE,
                    chain -> new PeerVerdict.Refused(Cause.UNKNOWN_CA))
                ::handler,
            Plant.ACCEPT,
            PLANT.counters);
    assertThatThrownBy(() -> Listener.open(setup, PlainEnd::new))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("127.0.0.1:" + PLANT.door.port())
        .hasMessageContaining("in use")
        .hasMessageContaining("--mqtt-port");
  }

  private static final class PlainEnd extends io.netty.channel.ChannelInboundHandlerAdapter {}

  private static boolean getsIn(SSLContext tls) {
    try (var device = new RawDevice(tls, PLANT.door.port())) {
      device.send(RawDevice.connect(5, 60));
      return device.read().type() == 2;
    } catch (IOException e) {
      return false;
    }
  }
}
