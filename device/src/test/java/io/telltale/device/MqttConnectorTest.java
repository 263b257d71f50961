package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Usage;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MqttConnectorTest {
  private static final String URI = "spiffe://telltale.local/default/device/machine-1";

  private final TestAuthority authority = new TestAuthority();
  @AutoClose private final MqttConnector connector = new MqttConnector(1, Duration.ofMillis(500));
  @AutoClose private ScriptedBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker =
        new ScriptedBroker(
            authority.material(TestAuthority.DOOR, Set.of(Usage.SERVER)), List.of(authority.root));
  }

  // Each try left a connection, which our own pings kept alive.
  @Test
  void a_server_that_never_answers_is_left_without_a_connection() throws Exception {
    broker.mute = true;
    assertThat(connect()).isInstanceOf(Connected.Failed.class);
    assertThat(broker.closed.poll(10, TimeUnit.SECONDS)).isEqualTo(true);
  }

  private Connected connect() throws Exception {
    var tls =
        MqttConnector.tls(authority.material(URI, Set.of(Usage.CLIENT)), InstantSource.system());
    return connector.connect(broker.address(), tls, "machine-1").get(10, TimeUnit.SECONDS);
  }
}
