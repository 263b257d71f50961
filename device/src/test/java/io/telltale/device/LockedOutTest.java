package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LockedOutTest {
  private final MqttPublisher.Session session =
      new MqttPublisher.Session(
          InetSocketAddress.createUnresolved("door", 8883),
          MqttConnector.tls(
              new TestAuthority().material("spiffe://a/default/device/b", Set.of(Usage.CLIENT)),
              InstantSource.system()),
          new DeviceId(TenantId.DEFAULT, "machine-1"));

  @Test
  void what_the_server_said_outlives_whoever_answered_in_its_place() {
    LockedOut refused = LockedOut.NOT.after("refused: 0x8a ", session);
    LockedOut portal = refused.afterForeign("not signed by the roots", session);
    assertThat(portal.words().orElseThrow().brief()).startsWith("door:8883 answers: ");
    assertThat(portal.after("the connection broke off", session)).isEqualTo(refused);
  }

  @Test
  void a_later_refusal_takes_the_place_of_the_one_before() {
    LockedOut later =
        LockedOut.NOT
            .after("refused: 0x8a ", session)
            .after("the server refused the handshake with the TLS alert unknown_ca", session);
    assertThat(later.words().orElseThrow().whole()).contains("of another authority");
  }

  @Test
  void what_can_pass_locks_nobody_out() {
    assertThat(LockedOut.NOT.after("the server closed the connection", session))
        .isEqualTo(LockedOut.NOT);
  }
}
