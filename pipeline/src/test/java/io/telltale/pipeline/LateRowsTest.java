package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.minutes.Minutes;
import io.telltale.roster.Identity;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

// Firm ground 2
@Timeout(120)
class LateRowsTest {
  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
  }

  @Test
  void minutes_are_provisional_then_final_and_late_rows_make_a_new_revision() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.pump();
      plant.publish(sealer, 0, press, 2, 30);
      plant.pump();
      plant.turn(Duration.ofSeconds(89));
      plant.pump();
      plant.turn(Duration.ofSeconds(2));
      plant.pump();
      plant.pump();
      Bytes late = Plant.payload(3, Plant.NOON, "{\"temperature\":40}", "{}");
      plant.append(Plant.sealed(sealer, 1, plant.origin(press, 3), late));
      plant.pump();
      plant.turn(Duration.ofSeconds(31));
      plant.pump();
    }
    assertThat(plant.lake.minutes("temperature"))
        .extracting(row -> "%d %s %d".formatted(row.revision(), row.isFinal(), row.count()))
        .containsExactly("1 false 1", "2 false 2", "3 true 2", "4 false 3", "5 true 3");
    TableLake.Minute last = plant.lake.minutes("temperature").getLast();
    assertThat(last.sum()).isEqualTo(90);
    assertThat(last.min()).isEqualTo(20);
    assertThat(last.max()).isEqualTo(40);
    assertThat(last.devices()).isEqualTo(1);
    // Each says what came since the one before.
    assertThat(plant.lake.minutes("temperature"))
        .extracting(TableLake.Minute::contributors)
        .containsExactly("{" + press.number() + "}", "{}", "{}", "{}", "{}");
    assertThat(plant.lake.minutes("temperature"))
        .extracting(TableLake.Minute::offsets)
        .containsExactly("0:1-1", "0:2-2", "", "1:1-1", "");
  }

  /** One reading whose minute gets final, and then others of that minute, up to {@code last}. */
  private void finalThenLate(RecordSealer sealer, int last, Duration each) {
    plant.publish(sealer, 0, press, 1, 20);
    plant.pump();
    plant.turn(Duration.ofHours(1));
    plant.pump();
    for (int sequence = 2; sequence <= last; sequence++) {
      Bytes late = Plant.payload(sequence, Plant.NOON, "{\"temperature\":40}", "{}");
      plant.append(Plant.sealed(sealer, 1, plant.origin(press, sequence), late));
      plant.pump();
      plant.turn(each);
    }
  }

  // A final revision stays for ever, and a device with a wrong clock is late with all it says.
  @Test
  void a_minute_that_late_rows_keep_coming_to_is_final_once_they_end() {
    try (RecordSealer sealer = plant.sealer()) {
      finalThenLate(sealer, 40, Duration.ofSeconds(1));
      plant.turn(Duration.ofSeconds(31));
      plant.pump();
    }
    List<TableLake.Minute> revisions = plant.lake.minutes("temperature");
    assertThat(revisions.stream().filter(TableLake.Minute::isFinal))
        .extracting(TableLake.Minute::count)
        .containsExactly(1L, 40L);
    assertThat(revisions.getLast().isFinal()).isTrue();
  }

  @Test
  void one_late_row_now_and_then_does_not_keep_a_minute_from_being_final() {
    try (RecordSealer sealer = plant.sealer()) {
      finalThenLate(sealer, 30, Duration.ofSeconds(29));
    }
    assertThat(plant.lake.minutes("temperature").stream().filter(TableLake.Minute::isFinal))
        .hasSizeBetween(3, 5);
  }

  // History of a year loaded again in an hour.
  @Test
  void more_minutes_opened_again_than_may_be_waited_for_are_final_at_once_in_their_scope() {
    int minutes = Minutes.REOPENED_MAX + 10;
    Identity other = plant.device("press-2", "lab");
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 2, other, 1, 7);
      plant.pump();
      plant.turn(Duration.ofHours(1));
      plant.pump();
      Bytes late = Plant.payload(2, Plant.NOON, "{\"temperature\":8}", "{}");
      for (int round = 0; round < 2; round++) {
        var entries = new ArrayList<RecordLog.Entry>();
        for (int i = 1; i <= minutes; i++) {
          long sequence = (long) round * minutes + i;
          Instant time = Plant.NOON.minus(Duration.ofMinutes(i + 5L));
          Bytes past = Plant.payload(sequence, time, "{\"temperature\":40}", "{}");
          entries.addAll(Plant.sealed(sealer, 1, plant.origin(press, sequence), past));
        }
        if (round == 1) {
          entries.addAll(Plant.sealed(sealer, 2, plant.origin(other, 2), late));
        }
        plant.append(entries);
        plant.pump();
      }
      assertThat(finals(80)).hasSize(minutes);
      assertThat(finals(15)).as("its scope has one only").isEmpty();
      plant.turn(Duration.ofSeconds(31));
      plant.pump();
    }
    assertThat(finals(15)).hasSize(1);
  }

  /** Of two readings with that sum. */
  private List<TableLake.Minute> finals(double value) {
    return plant.lake.minutes("temperature").stream()
        .filter(TableLake.Minute::isFinal)
        .filter(row -> row.count() == 2 && row.sum() == value)
        .toList();
  }
}
