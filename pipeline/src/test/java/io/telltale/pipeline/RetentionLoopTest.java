package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.UnavailableException;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.logembedded.EmbeddedLog;
import io.telltale.logembedded.EmbeddedLogConfig;
import io.telltale.roster.Identity;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 4: the log is let go of by the running pipeline, though it can commit nothing. */
@Timeout(40)
final class RetentionLoopTest {
  private static final int PARTITION = 3;
  private static final int COMMITTED = 40;

  // More than one segment takes: the newest is never let go of.
  private static final int WAITING = 40;

  @TempDir private Path folder;
  private final AtomicLong free = new AtomicLong(Long.MAX_VALUE);
  private Plant plant;
  private RecordLog log;
  private RecordSealer sealer;
  private Identity press;
  private long committedEnd;

  @SuppressWarnings("NullAway.Init") // set in fill
  RetentionLoopTest() {}

  /** Many small segments that are committed, and records behind them that cannot be. */
  @BeforeEach
  void fill() {
    plant = new Plant(folder);
    log =
        EmbeddedLog.open(
            EmbeddedLogConfig.in(folder.resolve("small-log"))
                .withSegmentBytes(4_096)
                .withFreeBytes(free::get));
    sealer = plant.sealer();
    press = plant.device("press-1", "prod");
    publish(1, COMMITTED);
    try (var worker = new Worker(plant.shared(parts(Duration.ofHours(1)), step -> {}))) {
      boolean busy = true;
      while (busy) {
        busy = worker.round();
      }
    }
    committedEnd = log.end(PARTITION);
    publish(COMMITTED + 1, WAITING);
    plant.lake.unavailable(true);
  }

  @AfterEach
  void close() {
    sealer.close();
    log.close();
    plant.close();
  }

  private void publish(int first, int count) {
    for (int sequence = first; sequence < first + count; sequence++) {
      var origin = plant.origin(press, sequence);
      log.append(Plant.sealed(sealer, PARTITION, origin, plant.payload(sequence, 20))).join();
    }
  }

  private PipelineParts parts(Duration logKept) {
    return plant.withLog(log, Plant.settings().but().logKept(logKept).build());
  }

  private static void await(BooleanSupplier reached) throws InterruptedException {
    Waiting.until("what the test waits for", 60, reached::getAsBoolean);
  }

  /** What is committed goes, what is not stays, and is taken once there is room. */
  private void letsGo(Duration logKept) throws InterruptedException {
    assertThat(log.start(PARTITION)).isZero();
    try (var pipeline = Pipeline.open(parts(logKept))) {
      pipeline.start();
      await(() -> log.start(PARTITION) > committedEnd / 2);
      assertThat(log.start(PARTITION)).isLessThanOrEqualTo(committedEnd);
      assertThat(pipeline.status().commits()).isZero();
      await(() -> pipeline.status().waiting());
      plant.lake.unavailable(false);
      await(() -> pipeline.status().records() == WAITING);
    }
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(plant.lake.rows()).hasSize(COMMITTED + WAITING);
  }

  @Test
  void segments_go_by_the_clock_while_nothing_is_committed() throws InterruptedException {
    letsGo(Duration.ofMillis(1));
  }

  @Test
  void segments_go_for_want_of_room_while_nothing_is_committed() throws InterruptedException {
    free.set(0);
    Waiting.until("the log takes nothing", 20, () -> !log.available());
    assertThat(log.append(Plant.sealed(sealer, 0, plant.origin(press, 99), plant.payload(99, 20))))
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .withCauseInstanceOf(UnavailableException.class);
    assertThat(log.available()).isFalse();
    letsGo(Duration.ofHours(1));
  }
}
