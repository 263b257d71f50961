package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.engine.EngineFailedException;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Halts;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.Lake;
import io.telltale.lake.LakeWriter;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.MinuteSpan;
import io.telltale.lake.RawRow;
import io.telltale.leases.RecordSealer;
import io.telltale.pipeline.intake.Isolation;
import io.telltale.pipeline.minutes.PastWaits;
import io.telltale.roster.Identity;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 22: no record stops another, whatever is in it and whatever fails because of it. */
@Timeout(120)
class PoisonTest {
  private static final List<String> SOURCE_TIMES =
      List.of(
          "1795857665303629437",
          "9007199254740992",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "-1",
          "0",
          "-0",
          "2147483648");

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
  }

  // What an older door has let into the log.
  @Test
  void a_time_that_storage_cannot_hold_is_a_dead_letter_with_device_and_place() {
    try (Lake lake = RealLakeTest.open(plant, new ArrayList<>());
        RecordSealer sealer = plant.sealer()) {
      int sequence = 1;
      for (String sourceTime : SOURCE_TIMES) {
        Bytes payload =
            Bytes.utf8(
                plant.payload(sequence, 20).asUtf8().replace("{\"seq\"", source(sourceTime)));
        plant.append(Plant.sealed(sealer, 0, plant.origin(press, sequence), payload));
        sequence++;
      }
      plant.publish(sealer, 0, press, sequence, 21);
      plant.pump(plant.shared(lake.writer(), step -> {}));
      assertThat(RealLakeTest.answer(lake, "SELECT count(*), count(source_time) FROM readings"))
          .containsExactly(5L, 4L);
      assertThat(
              RealLakeTest.answer(lake, "SELECT min(source_time), max(source_time) FROM readings"))
          .hasSize(2);
    }
    assertThat(plant.deadLetters()).hasSize(5).containsOnly("time-unstorable");
    Event dead = plant.events("record.dead-lettered").getFirst();
    assertThat(dead.subject()).isEqualTo("record/0:1");
    assertThat(dead.details())
        .containsEntry("reason", "time-unstorable")
        .containsEntry("device", press.id().uri());
  }

  private static String source(String sourceTime) {
    return "{\"sourceTime\":" + sourceTime + ",\"seq\"";
  }

  /** Fails for one value, as a store would that has a mistake. */
  private final class Brittle implements LakeWriter {
    private final double poison;
    private int failures;

    Brittle(double poison) {
      this.poison = poison;
    }

    @Override
    public Prepared prepare(List<RawRow> rows, List<MinuteRow> minutes) {
      if (rows.stream().anyMatch(row -> row.value().orElse(0) == poison)) {
        failures++;
        throw new ArithmeticException("long overflow");
      }
      return plant.lake.prepare(rows, minutes);
    }

    @Override
    public MinuteSpan minutes(Scope scope, Instant minute) {
      return plant.lake.minutes(scope, minute);
    }
  }

  @Test
  void a_record_for_which_the_store_fails_is_found_among_hundreds_and_all_others_are_stored()
      throws InterruptedException {
    var brittle = new Brittle(37);
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 80; i++) {
        plant.publish(sealer, i % 3, press, i, i);
      }
    }
    PipelineStatus status = runUntil(brittle, 79);
    assertThat(status.records()).isEqualTo(79);
    assertThat(status.rejected()).isEqualTo(1);
    assertThat(plant.deadLetters()).containsExactly("not-processed");
    assertThat(plant.events("record.dead-lettered").getFirst().details())
        .containsEntry("device", press.id().uri());
    assertThat(plant.lake.rows().stream().map(TableLake.Row::value))
        .hasSize(79)
        .doesNotContain(37.0)
        .doesNotHaveDuplicates();
    // Halving, then some tries of the one that is left.
    assertThat(brittle.failures).isBetween(Isolation.TRIES, 7 + Isolation.TRIES);
  }

  @Test
  void a_record_for_which_the_store_fails_is_found_though_more_come_all_the_time()
      throws InterruptedException {
    Identity steady = plant.device("press-2", "prod");
    var failures = new AtomicInteger();
    var published = new AtomicInteger();
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 5, press, 1, 13);
      LakeWriter writer =
          (rows, minutes) -> {
            for (int i = 0; i < 8 && published.get() < 4_000; i++) {
              plant.publish(sealer, 0, steady, published.incrementAndGet(), 20);
            }
            if (rows.stream().anyMatch(row -> row.value().orElse(0) == 13)) {
              failures.incrementAndGet();
              throw new IllegalStateException("injected");
            }
            return plant.lake.prepare(rows, minutes);
          };
      try (var pipeline = Pipeline.open(plant.parts(writer, Plant.settings()))) {
        pipeline.start();
        await(() -> pipeline.status().rejected() == 1);
      }
    }
    assertThat(plant.deadLetters()).containsExactly("not-processed");
    assertThat(published.get()).isLessThan(4_000);
    assertThat(failures.get()).isLessThan(20);
  }

  @Test
  void a_failure_that_passes_costs_no_record() throws InterruptedException {
    int[] left = {Isolation.TRIES - 1};
    LakeWriter flaky =
        (rows, minutes) -> {
          if (!rows.isEmpty() && left[0]-- > 0) {
            throw new IllegalStateException("injected");
          }
          return plant.lake.prepare(rows, minutes);
        };
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
    }
    assertThat(runUntil(flaky, 1).rejected()).isZero();
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(plant.lake.rows()).hasSize(1);
  }

  @Test
  void aggregates_that_fail_hold_up_no_record_and_blame_none() throws InterruptedException {
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 10; i++) {
        plant.publish(sealer, 0, press, i, i);
      }
    }
    PipelineStatus status = runUntil(plant.lake.withoutMinutes(), 10);
    assertThat(status.records()).isEqualTo(10);
    assertThat(status.rejected()).isZero();
    // Once the mistake is mended, nothing is missing in them.
    plant.turn(Duration.ofMinutes(5));
    plant.pump();
    assertThat(plant.lake.minutes("temperature").getLast().count()).isEqualTo(10);
  }

  // Firm ground 16
  @Test
  void what_is_too_much_for_the_engine_passes_in_smaller_commits_and_costs_no_record()
      throws InterruptedException {
    LakeWriter small =
        (rows, minutes) -> {
          if (rows.size() > 3) {
            throw new EngineFailedException("injected");
          }
          return plant.lake.prepare(rows, minutes);
        };
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 12; i++) {
        plant.publish(sealer, i % 2, press, i, i);
      }
    }
    PipelineStatus status = runUntil(small, 12);
    assertThat(status.rejected()).isZero();
    assertThat(plant.lake.rows()).hasSize(12);
  }

  @Test
  void a_record_that_the_engine_never_takes_is_a_dead_letter_and_all_others_are_stored()
      throws InterruptedException {
    LakeWriter picky =
        (rows, minutes) -> {
          if (rows.stream().anyMatch(row -> row.value().orElse(0) == 3)) {
            throw new EngineFailedException("injected");
          }
          return plant.lake.prepare(rows, minutes);
        };
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 8; i++) {
        plant.publish(sealer, i % 2, press, i, i);
      }
    }
    PipelineStatus status = runUntil(picky, 7);
    assertThat(status.rejected()).isEqualTo(1);
    assertThat(plant.deadLetters()).containsExactly("not-processed");
    assertThat(plant.lake.rows()).hasSize(7);
  }

  @Test
  void housekeeping_that_fails_is_told_and_stops_no_record() throws InterruptedException {
    LakeWriter untidy = plant.lake.untidy();
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 8; i++) {
        plant.publish(sealer, i % 2, press, i, i);
      }
    }
    PipelineStatus status = runUntil(untidy, 8);
    assertThat(status.waiting()).isFalse();
    try (var pipeline = Pipeline.open(plant.parts(untidy, Plant.settings()))) {
      pipeline.start();
      await(() -> !pipeline.status().maintenance().isEmpty());
      assertThat(pipeline.status().maintenance()).isEqualTo("deleting an object");
      await(() -> plant.standing.containsKey(Halts.Kind.HOUSEKEEPING));
    }
  }

  @Test
  void a_past_that_the_engine_cannot_read_costs_the_late_records_alone()
      throws InterruptedException {
    unreadablePast(new EngineFailedException("reading aggregates back"));
  }

  @Test
  void a_past_on_a_bad_disk_is_waited_for_and_then_costs_the_late_records_alone()
      throws InterruptedException {
    unreadablePast(new UnavailableException("reading the object data/00ff"));
  }

  @Test
  void a_past_that_is_corrupt_costs_the_late_records_alone() throws InterruptedException {
    unreadablePast(new CorruptException("the table names data/00ff, which is gone"));
  }

  private void unreadablePast(RuntimeException why) throws InterruptedException {
    int version = MovingClockTest.allowHistory(plant);
    var asked = new AtomicInteger();
    LakeWriter broken =
        new LakeWriter() {
          @Override
          public Prepared prepare(List<RawRow> rows, List<MinuteRow> minutes) {
            return plant.lake.prepare(rows, minutes);
          }

          @Override
          public MinuteSpan minutes(Scope scope, Instant minute) {
            // Beside it is a day that can be read.
            if (minute.isBefore(Plant.NOON.minus(Duration.ofDays(43)))) {
              return plant.lake.minutes(scope, minute);
            }
            asked.incrementAndGet();
            throw why;
          }
        };
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 12; i++) {
        Instant time = Plant.NOON.minus(Duration.ofDays(List.of(0, 45, 40).get(i % 3)));
        Bytes reading = Plant.payload(i, time, "{\"temperature\":%d}".formatted(i), "{}");
        plant.append(Plant.sealed(sealer, 0, plant.origin(press, i, version), reading));
      }
    }
    PipelineStatus status = runUntil(broken, 8);
    assertThat(status.rejected()).isEqualTo(4);
    assertThat(plant.deadLetters()).hasSize(4).containsOnly("minute-unreadable");
    assertThat(plant.lake.rows()).hasSize(8);
    assertThat(asked.get()).isLessThanOrEqualTo(PastWaits.TRIES + 1);
  }

  private PipelineStatus runUntil(LakeWriter writer, int records) throws InterruptedException {
    try (var pipeline = Pipeline.open(plant.parts(writer, Plant.settings()))) {
      pipeline.start();
      await(() -> pipeline.status().records() >= records && pipeline.status().totalLag() == 0);
      return pipeline.status();
    }
  }

  private static void await(BooleanSupplier reached) throws InterruptedException {
    Waiting.until("what the test waits for", 60, reached::getAsBoolean);
  }

  // Firm ground 17
  @Test
  void a_commit_is_bounded_by_the_bytes_of_its_records() {
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 40; i++) {
        plant.publish(sealer, i % 2, press, i, i);
      }
    }
    Worker.Shared shared =
        plant.shared(
            plant.parts(plant.lake, Plant.settings().but().bytesMax(8_000).build()), step -> {});
    PipelineStatus status = plant.pump(shared);
    assertThat(status.records()).isEqualTo(40);
    assertThat(status.commits()).isGreaterThan(4);
  }
}
