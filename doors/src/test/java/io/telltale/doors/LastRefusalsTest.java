package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Refusals that somebody can hear of (firm ground 33). */
class LastRefusalsTest {
  private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
  private static final DeviceId PRESS = device("press-1");

  private final Logger logger = Logger.getLogger(LastRefusals.class.getName());
  private final Lines lines = new Lines();
  private final AtomicLong unlogged = new AtomicLong();
  private Instant now = NOON;
  private final LastRefusals refusals =
      new LastRefusals(() -> now, (name, cause, n) -> unlogged.addAndGet(n));

  @BeforeEach
  void listen() {
    logger.setUseParentHandlers(false);
    logger.addHandler(lines);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(lines);
    logger.setUseParentHandlers(true);
  }

  @Test
  void keeps_the_last_eight_of_a_device_newest_first() {
    for (int i = 1; i <= 20; i++) {
      now = NOON.plusSeconds(i);
      refusals.add(PRESS, "mqtt5", because("cause-" + i));
    }
    assertThat(refusals.of(PRESS)).hasSize(8);
    assertThat(refusals.of(PRESS).getFirst())
        .isEqualTo(
            new LastRefusals.Refusal(
                NOON.plusSeconds(20), "mqtt5", "telemetry", "cause-20", "t: it is cause-20", 1));
    assertThat(refusals.of(device("press-2"))).isEmpty();
  }

  @Test
  void a_crowd_at_the_door_pushes_no_other_refusal_out_and_stays_in_order() {
    now = NOON;
    refusals.note(PRESS, "mqtt", because("full"));
    // The wall clock is set back.
    now = NOON.minusSeconds(60);
    refusals.add(PRESS, "mqtt5", because("not-json"));
    for (int i = 0; i < 5_000; i++) {
      refusals.note(device("other-" + i), "mqtt", because("full"));
    }
    assertThat(refusals.of(PRESS))
        .extracting(LastRefusals.Refusal::why)
        .containsExactly("not-json");
    refusals.note(PRESS, "mqtt", because("full"));
    assertThat(refusals.of(PRESS))
        .extracting(LastRefusals.Refusal::why)
        .containsExactly("full", "not-json");
  }

  @Test
  void counts_the_same_over_and_over_as_one() {
    for (int i = 0; i < 1_000; i++) {
      refusals.add(PRESS, "mqtt3.1.1", because("replayed"));
    }
    assertThat(refusals.of(PRESS)).hasSize(1);
    assertThat(refusals.of(PRESS).getFirst().count()).isEqualTo(1_000);
  }

  @Test
  void says_a_devices_refusals_in_one_line_a_minute() {
    for (int i = 0; i < 50; i++) {
      refusals.add(PRESS, "mqtt5", because("not-json"));
    }
    now = NOON.plus(Duration.ofMinutes(1));
    refusals.add(PRESS, "mqtt5", because("fork"));
    assertThat(lines.said)
        .containsExactly(
            "device.refused device=press-1 protocol=mqtt5 about=telemetry why=not-json"
                + " text=\"t: it is not-json\" count=1",
            "device.refused device=press-1 protocol=mqtt5 about=telemetry why=fork"
                + " text=\"t: it is fork\" count=50");
  }

  @Test
  void a_clock_that_is_set_back_silences_nothing() {
    refusals.add(PRESS, "mqtt5", because("not-json"));
    now = NOON.minus(Duration.ofDays(365));
    refusals.add(PRESS, "mqtt5", because("fork"));
    assertThat(lines.said).hasSize(2);
  }

  @Test
  void a_fleet_gone_wrong_fills_neither_memory_nor_disk() {
    for (int i = 0; i < 10_000; i++) {
      refusals.add(device("d-" + i), "mqtt5", because("not-json"));
    }
    assertThat(lines.said).hasSize(120);
    assertThat(unlogged).hasValue(10_000 - 120);
    assertThat(refusals.of(device("d-0"))).isEmpty();
    assertThat(refusals.of(device("d-9999"))).hasSize(1);
  }

  private static LastRefusals.Reason because(String why) {
    return new LastRefusals.Reason("telemetry", why, "t: it is " + why);
  }

  private static DeviceId device(String name) {
    return new DeviceId(TenantId.DEFAULT, name);
  }

  private static final class Lines extends Handler {
    final List<String> said = new ArrayList<>();

    @Override
    public void publish(LogRecord record) {
      said.add(java.text.MessageFormat.format(record.getMessage(), record.getParameters()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
