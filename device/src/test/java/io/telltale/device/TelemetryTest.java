package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TelemetryTest {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  // An agent claimed 0.0.0 for whoever had said nothing.
  @Test
  void who_claims_no_firmware_sends_none() {
    assertThat(reading("").payload(1, NOON).asUtf8()).doesNotContain("firmware");
    assertThat(reading("1.4.2").payload(1, NOON).asUtf8()).contains("\"firmware\":\"1.4.2\"");
  }

  private static Telemetry reading(String firmware) {
    return new Telemetry(NOON, Map.of("temperature", 21.5), Map.of(), Optional.empty(), firmware);
  }
}
