package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeWriter;
import io.telltale.leases.RecordOpener;
import io.telltale.leases.RecordSealer;
import io.telltale.roster.Identity;
import io.telltale.testkit.Waiting;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 17 and 22: what never fits in memory ends, too, and costs nobody else anything. */
@Timeout(20)
class ShortOfMemoryTest {
  private static final int RECORDS = 12;
  private static final int POISON = 7;

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= RECORDS; i++) {
        plant.publish(sealer, i % 3, press, i, i);
      }
    }
  }

  private static OutOfMemoryError heapIsFull() {
    return new OutOfMemoryError("Java heap space");
  }

  private static Error broken() {
    return new NoClassDefFoundError("injected");
  }

  /** What happens each time the poisonous record is opened. */
  @FunctionalInterface
  private interface Fault {
    void raise();
  }

  private PipelineParts taking(Fault fault) {
    return taking(fault, 0, () -> {});
  }

  /**
   * @param fault when the poisonous record was opened
   * @param other what happens before that record is opened a second time
   */
  private PipelineParts taking(Fault fault, int number, Fault other) {
    Bytes poison = plant.payload(POISON, POISON);
    Bytes another = plant.payload(number, number);
    var entries = new HashSet<Object>();
    return plant.withOpeners(
        (partition, state, memory) -> {
          RecordOpener inner = plant.parts().openers().open(partition, state, memory);
          return (RecordOpener)
              Proxy.newProxyInstance(
                  RecordOpener.class.getClassLoader(),
                  new Class<?>[] {RecordOpener.class},
                  (_, method, arguments) -> {
                    if (arguments != null && entries.contains(arguments[0])) {
                      other.raise();
                    }
                    Object result = method.invoke(inner, arguments);
                    if (result instanceof RecordOpener.Opened.Authentic record) {
                      if (record.payload().equals(another)) {
                        entries.add(arguments[0]);
                      } else if (record.payload().equals(poison)) {
                        fault.raise();
                      }
                    }
                    return result;
                  });
        });
  }

  private PipelineParts storing(Fault fault) {
    LakeWriter writer =
        (rows, minutes) -> {
          if (rows.stream().anyMatch(row -> row.value().orElse(0) == POISON)) {
            fault.raise();
          }
          return plant.lake.prepare(rows, minutes);
        };
    return plant.parts(writer, Plant.settings());
  }

  private PipelineStatus run(PipelineParts parts, int records) throws InterruptedException {
    try (var pipeline = Pipeline.open(parts)) {
      pipeline.start();
      Waiting.until(
          "all is processed",
          60,
          () ->
              pipeline.status().records() >= records
                  && pipeline.status().totalLag() == 0
                  && plant.standing.isEmpty());
      return pipeline.status();
    }
  }

  private void assertThatItAloneIsADeadLetter(PipelineStatus status) {
    assertThat(status.rejected()).isEqualTo(1);
    assertThat(plant.deadLetters()).containsExactly("not-processed");
    assertThat(plant.events("record.dead-lettered"))
        .singleElement()
        .satisfies(event -> assertThat(event.details()).containsEntry("reason", "not-processed"));
    assertThat(plant.lake.rows().stream().map(TableLake.Row::value))
        .hasSize(RECORDS - 1)
        .doesNotContain((double) POISON)
        .doesNotHaveDuplicates();
  }

  @Test
  void a_record_whose_taking_always_fills_the_heap_is_a_dead_letter_and_all_others_are_stored()
      throws InterruptedException {
    PipelineParts parts =
        taking(
            () -> {
              throw heapIsFull();
            });
    assertThatItAloneIsADeadLetter(run(parts, RECORDS - 1));
  }

  @Test
  void a_record_whose_taking_ends_in_any_error_is_a_dead_letter_and_all_others_are_stored()
      throws InterruptedException {
    PipelineParts parts =
        taking(
            () -> {
              throw broken();
            });
    assertThatItAloneIsADeadLetter(run(parts, RECORDS - 1));
  }

  @Test
  void a_record_whose_storing_always_fills_the_heap_is_a_dead_letter_and_all_others_are_stored()
      throws InterruptedException {
    PipelineParts parts =
        storing(
            () -> {
              throw heapIsFull();
            });
    assertThatItAloneIsADeadLetter(run(parts, RECORDS - 1));
  }

  @Test
  void a_record_whose_storing_ends_in_any_error_is_a_dead_letter_and_all_others_are_stored()
      throws InterruptedException {
    PipelineParts parts =
        storing(
            () -> {
              throw broken();
            });
    assertThatItAloneIsADeadLetter(run(parts, RECORDS - 1));
  }

  @Test
  void a_heap_that_was_full_for_a_moment_costs_no_record() throws InterruptedException {
    var left = new AtomicInteger(3);
    PipelineParts parts =
        taking(
            () -> {
              if (left.getAndDecrement() > 0) {
                throw heapIsFull();
              }
            });
    PipelineStatus status = run(parts, RECORDS);
    assertThat(status.rejected()).isZero();
    assertThat(plant.lake.rows()).hasSize(RECORDS);
  }

  @Test
  void an_entry_that_is_looked_for_behind_one_that_waits_holds_no_aggregates()
      throws InterruptedException {
    var away = new AtomicBoolean();
    PipelineParts parts =
        taking(
            () -> {
              away.set(true);
              throw heapIsFull();
            },
            // Before it in its partition.
            POISON - 3,
            () -> {
              if (away.get()) {
                throw new UnavailableException("injected");
              }
            });
    plant.turn(Duration.ofMinutes(5));
    try (var pipeline = Pipeline.open(parts)) {
      pipeline.start();
      Waiting.until(
          "a minute is final",
          60,
          () -> plant.lake.minutes("temperature").stream().anyMatch(TableLake.Minute::isFinal));
      assertThat(away.get()).isTrue();
      assertThat(pipeline.status().rejected()).isZero();
    }
  }
}
