package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.kernel.Halts;
import io.telltale.log.RecordLog;
import io.telltale.logembedded.EmbeddedLog;
import io.telltale.logembedded.EmbeddedLogConfig;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What leaves the log, and when (KM-6, IN-9, firm ground 4). */
@Tag("one-store")
final class LogRetentionTest {
  private static final long KEPT = Duration.ofHours(1).toNanos();
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  @TempDir private Path folder;
  private final AtomicLong free = new AtomicLong(Long.MAX_VALUE);
  private RecordLog log;
  private LogRetention retention;

  @SuppressWarnings("NullAway.Init") // set in fill
  LogRetentionTest() {}

  @BeforeEach
  void fill() {
    log =
        EmbeddedLog.open(
            EmbeddedLogConfig.in(folder).withSegmentBytes(4_096).withFreeBytes(free::get));
    retention = new LogRetention(log, new Tally(Counters.none(), Halts.none()), KEPT, 0);
    for (int i = 0; i < 20; i++) {
      log.append(List.of(new RecordLog.Entry(3, Bytes.copyOf(new byte[2_000])))).join();
    }
  }

  @AfterEach
  void close() {
    log.close();
  }

  private static long[] upTo(long offset) {
    long[] offsets = new long[RecordLog.PARTITIONS];
    offsets[3] = offset;
    return offsets;
  }

  @Test
  void what_is_committed_goes_after_its_time_though_nothing_is_committed_any_more() {
    retention.reached(upTo(20));
    for (long now = 0; now < KEPT; now += MINUTE) {
      retention.turn(now);
      assertThat(log.start(3)).isZero();
    }
    retention.turn(KEPT);
    assertThat(log.start(3)).isGreaterThan(10);
  }

  @Test
  void a_log_that_takes_nothing_more_lets_go_of_what_is_committed_at_once_and_of_nothing_else()
      throws InterruptedException {
    retention.reached(upTo(10));
    free.set(0);
    Waiting.until("the log takes nothing", 20, () -> !log.available());
    assertThat(log.append(List.of(new RecordLog.Entry(3, Bytes.copyOf(new byte[1])))))
        .failsWithin(Duration.ofSeconds(20));
    retention.turn(MINUTE);
    assertThat(log.start(3)).isBetween(6L, 10L);

    free.set(Long.MAX_VALUE);
    Waiting.until("the log is available", 20, log::available);
    retention.reached(upTo(20));
    retention.turn(2 * MINUTE);
    assertThat(log.start(3)).isBetween(6L, 10L);
  }
}
