package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Event;
import io.telltale.kernel.Halts;
import io.telltale.lake.Lake;
import io.telltale.lake.LakeWriter;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.roster.Identity;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Firm ground 17 and 22: a minute that the lake never takes holds no other minute and no record.
 */
@Timeout(30)
class PoisonedMinuteTest {
  private static final int MINUTES = 20;
  private static final List<Instant> POISON =
      List.of(Plant.NOON.minus(Duration.ofMinutes(4)), Plant.NOON.minus(Duration.ofMinutes(11)));

  private static final Duration AWAY = Duration.ofMillis(1_500);
  private static final Duration MONTH = Duration.ofDays(32);
  private static final int LOAD_MAX = 2_000;

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;
  private final AtomicInteger failures = new AtomicInteger();

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= MINUTES; i++) {
        publish(sealer, i, Plant.NOON.minus(Duration.ofMinutes(i + 2)));
      }
    }
  }

  private void publish(RecordSealer sealer, int sequence, Instant time) {
    publish(sealer, press, sequence, time);
  }

  private void publish(RecordSealer sealer, Identity device, int sequence, Instant time) {
    plant.append(sealed(sealer, device, sequence, time));
  }

  private List<RecordLog.Entry> sealed(
      RecordSealer sealer, Identity device, int sequence, Instant time) {
    var reading =
        Plant.payload(sequence, time, "{\"temperature\":%d}".formatted(sequence % 200), "{}");
    return Plant.sealed(sealer, sequence % 3, plant.origin(device, sequence), reading);
  }

  private LakeWriter failing(LakeWriter lake, Supplier<Throwable> fault) {
    return (rows, minutes) -> {
      if (minutes.stream().anyMatch(row -> POISON.contains(row.minute()))) {
        failures.incrementAndGet();
        switch (fault.get()) {
          case Error error -> throw error;
          case RuntimeException failure -> throw failure;
          case Throwable other -> throw new IllegalArgumentException(other);
        }
      }
      return lake.prepare(rows, minutes);
    };
  }

  private boolean stands(String kind) {
    return plant.standing.keySet().stream().map(Halts.Kind::text).anyMatch(kind::equals);
  }

  private void run(LakeWriter writer, BooleanSupplier reached) throws InterruptedException {
    try (var pipeline = Pipeline.open(plant.parts(writer, Plant.settings()))) {
      pipeline.start();
      Waiting.until(
          "it is there and goes on", 60, () -> reached.getAsBoolean() && !stands("pipeline-waits"));
      assertThat(pipeline.status().rejected()).isZero();
    }
  }

  /** How many minutes are final; each has a sum of its own. */
  private long finals() {
    return plant.lake.minutes("temperature").stream()
        .filter(TableLake.Minute::isFinal)
        .map(TableLake.Minute::sum)
        .distinct()
        .count();
  }

  private List<Event> told() {
    return plant.events("minute.set-apart");
  }

  private void onlyTheyAreMissing(Supplier<Throwable> fault) throws InterruptedException {
    LakeWriter writer = failing(plant.lake, fault);
    run(
        writer,
        () ->
            told().size() == POISON.size()
                && finals() == MINUTES - POISON.size()
                && !stands("aggregates"));
    assertThat(plant.lake.rows()).hasSize(MINUTES);
    assertThat(stands("minutes-missing")).isTrue();
    assertThat(told())
        .extracting(event -> Instant.parse(event.details().get("minute")))
        .containsExactlyInAnyOrderElementsOf(POISON);
    assertThat(told().getFirst().details())
        .containsEntry("metric", "temperature")
        .containsEntry("count", "1")
        .containsEntry("revision", "0");
  }

  @Test
  void minutes_that_the_lake_never_takes_are_set_apart_and_named_and_all_others_go_on()
      throws InterruptedException {
    onlyTheyAreMissing(() -> new ArithmeticException("injected"));
    // Halving, among records first, then among minutes.
    assertThat(failures.get()).isLessThan(60);
  }

  @Test
  void minutes_that_always_fill_the_heap_are_set_apart_and_all_others_go_on()
      throws InterruptedException {
    onlyTheyAreMissing(() -> new OutOfMemoryError("injected"));
  }

  @Test
  void a_minute_that_is_set_apart_stays_so_and_takes_late_records_without_a_wrong_figure()
      throws InterruptedException {
    onlyTheyAreMissing(() -> new ArithmeticException("injected"));
    plant.standing.clear();
    int before = failures.get();
    try (RecordSealer sealer = plant.sealer()) {
      publish(sealer, MINUTES + 1, POISON.getFirst());
    }
    // The lake would take it now: but what was told as missing is not half there later.
    run(failing(plant.lake, ArithmeticException::new), () -> plant.lake.rows().size() > MINUTES);
    assertThat(failures.get()).isEqualTo(before);
    run(plant.lake, () -> stands("minutes-missing"));
    assertThat(told()).hasSize(POISON.size());
    assertThat(finals()).isEqualTo(MINUTES - POISON.size());
  }

  @Test
  void a_fault_that_passes_during_the_search_costs_no_minute() throws InterruptedException {
    var passed = new AtomicInteger();
    var since = new AtomicLong();
    LakeWriter failing = failing(plant.lake, () -> new ArithmeticException("injected"));
    LakeWriter away =
        (rows, minutes) -> {
          if (passed.get() >= 2) {
            since.compareAndSet(0, System.nanoTime());
          }
          boolean isAway = since.get() != 0 && System.nanoTime() - since.get() < AWAY.toNanos();
          if (isAway && !minutes.isEmpty()) {
            throw new IllegalStateException("injected");
          }
          LakeWriter.Prepared prepared = failing.prepare(rows, minutes);
          passed.addAndGet(minutes.isEmpty() ? 0 : 1);
          return prepared;
        };
    run(away, () -> told().size() == POISON.size() && finals() == MINUTES - POISON.size());
    assertThat(System.nanoTime() - since.get()).isGreaterThan(AWAY.toNanos());
    assertThat(told())
        .extracting(event -> Instant.parse(event.details().get("minute")))
        .containsExactlyInAnyOrderElementsOf(POISON);
  }

  @Test
  void the_search_ends_though_new_minutes_come_all_the_time() throws InterruptedException {
    Identity steady = plant.device("press-2", "test");
    var published = new AtomicInteger();
    LakeWriter failing = failing(plant.lake, () -> new ArithmeticException("injected"));
    try (RecordSealer sealer = plant.sealer()) {
      LakeWriter underLoad =
          (rows, minutes) -> {
            if (published.get() < LOAD_MAX) {
              int sequence = published.incrementAndGet();
              publish(sealer, steady, sequence, Plant.NOON.minus(Duration.ofMinutes(sequence)));
            }
            return failing.prepare(rows, minutes);
          };
      run(underLoad, () -> told().size() == POISON.size());
    }
    assertThat(published.get()).isLessThan(LOAD_MAX);
  }

  @Test
  void failing_minutes_of_one_scope_hold_no_minute_of_another() throws InterruptedException {
    Identity steady = plant.device("press-2", "test");
    var published = new AtomicInteger();
    var finalsAtFailures = new ConcurrentSkipListMap<Integer, Long>();
    LakeWriter refusing =
        (rows, minutes) -> {
          if (minutes.stream().anyMatch(row -> row.scope().environment().equals("prod"))) {
            finalsAtFailures.put(failures.incrementAndGet(), finals());
            throw new IllegalStateException("injected");
          }
          return plant.lake.prepare(rows, minutes);
        };
    try (RecordSealer sealer = plant.sealer()) {
      LakeWriter underLoad =
          (rows, minutes) -> {
            if (published.get() < 150) {
              int sequence = published.incrementAndGet();
              publish(sealer, steady, sequence, Plant.NOON.minus(Duration.ofMinutes(sequence)));
            }
            return refusing.prepare(rows, minutes);
          };
      run(underLoad, () -> told().size() == MINUTES && finals() >= 100);
    }
    System.out.println("finals of the other scope, by failures of the first: " + finalsAtFailures);
    // While the first scope's minutes were still tried, one by one.
    assertThat(finalsAtFailures.get(MINUTES + 5)).isPositive();
    assertThat(failures.get()).isLessThan(6 * MINUTES);
  }

  @Test
  void a_minute_that_was_final_before_it_failed_is_told_as_such() throws InterruptedException {
    run(plant.lake, () -> finals() == MINUTES);
    Instant other = Plant.NOON.minus(Duration.ofMinutes(5));
    try (RecordSealer sealer = plant.sealer()) {
      publish(sealer, MINUTES + 1, POISON.getFirst());
      publish(sealer, MINUTES + 2, other);
    }
    run(failing(plant.lake, ArithmeticException::new), () -> told().size() == 1);
    assertThat(told().getFirst().details())
        .containsEntry("minute", POISON.getFirst().toString())
        .containsEntry("reopened", "true")
        .containsEntry("revision", "1")
        .containsEntry("count", "2");
  }

  @Test
  void what_is_set_apart_is_not_begun_anew_after_a_month() throws InterruptedException {
    onlyTheyAreMissing(() -> new ArithmeticException("injected"));
    try (RecordSealer sealer = plant.sealer()) {
      var another = sealed(sealer, press, MINUTES + 1, Plant.NOON.minus(Duration.ofMinutes(2)));
      var late = sealed(sealer, press, MINUTES + 2, POISON.getFirst());
      MovingClockTest.age(plant, MONTH);
      plant.turn(MONTH);
      plant.append(another);
      run(plant.lake, () -> finals() == MINUTES - POISON.size() + 1);
      assertThat(stands("minutes-missing")).as("after a month it is history").isFalse();
      plant.append(late);
      run(plant.lake, () -> plant.lake.rows().size() == MINUTES + 2);
    }
    plant.turn(Duration.ofMinutes(5));
    run(plant.lake, () -> !stands("aggregates"));
    assertThat(plant.lake.minutes("temperature"))
        .extracting(TableLake.Minute::sum)
        .contains(MINUTES + 1.0)
        .doesNotContain(MINUTES + 2.0);
  }

  @Test
  void when_every_minute_fails_none_is_set_apart() throws InterruptedException {
    run(
        plant.lake.withoutMinutes(),
        () -> plant.lake.rows().size() == MINUTES && stands("aggregates"));
    assertThat(told()).isEmpty();
    plant.standing.clear();
    run(plant.lake, () -> finals() == MINUTES);
    assertThat(stands("minutes-missing")).isFalse();
  }

  @Test
  void the_real_lake_has_all_minutes_but_the_one_that_it_never_took() throws InterruptedException {
    try (Lake lake = RealLakeTest.open(plant, new ArrayList<>())) {
      LakeWriter writer = failing(lake.writer(), () -> new ArithmeticException("injected"));
      run(writer, () -> told().size() == POISON.size());
      assertThat(RealLakeTest.answer(lake, "SELECT count(*) FROM readings"))
          .containsExactly((long) MINUTES);
      assertThat(
              RealLakeTest.answer(
                  lake, "SELECT count(DISTINCT minute), sum(\"count\") FROM minutes"))
          .containsExactly((long) MINUTES - POISON.size(), (long) MINUTES - POISON.size());
    }
  }
}
