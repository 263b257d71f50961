package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Event;
import io.telltale.kernel.Halts;
import io.telltale.keys.RecordSealer;
import io.telltale.lake.Lake;
import io.telltale.lake.LakeWriter;
import io.telltale.registry.Identity;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
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

  @TempDir Path folder;
  private Plant plant;
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

  @AfterEach
  void close() {
    plant.close();
  }

  private void publish(RecordSealer sealer, int sequence, Instant time) {
    var reading = Plant.payload(sequence, time, "{\"temperature\":%d}".formatted(sequence), "{}");
    plant.append(Plant.sealed(sealer, sequence % 3, plant.origin(press, sequence), reading));
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
      while (!reached.getAsBoolean() || stands("pipeline-waits")) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      assertThat(pipeline.status().rejected()).isZero();
    }
  }

  private long finals() {
    return plant.lake.minutes("temperature").stream().filter(TableLake.Minute::isFinal).count();
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
    assertThat(failures.get()).isLessThan(40);
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
    assertThat(plant.lake.minutes("temperature").stream().filter(TableLake.Minute::isFinal))
        .hasSize(MINUTES - POISON.size());
  }

  @Test
  void when_every_minute_fails_none_is_set_apart() throws InterruptedException {
    LakeWriter withoutMinutes =
        (rows, minutes) -> {
          if (!minutes.isEmpty()) {
            throw new IllegalStateException("injected");
          }
          return plant.lake.prepare(rows, minutes);
        };
    run(withoutMinutes, () -> plant.lake.rows().size() == MINUTES && stands("aggregates"));
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
