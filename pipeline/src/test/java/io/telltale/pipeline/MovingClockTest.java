package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.leases.RecordSealer;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyChange;
import io.telltale.registry.PolicyDocument;
import io.telltale.roster.Identity;
import io.telltale.roster.Policy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wall clock may be wrong: nothing is let go, used twice or held up by that (row 23). */
class MovingClockTest {
  private static final Duration YEAR = Duration.ofDays(365);

  @TempDir Path folder;

  private static long stored(Plant plant) {
    return plant.database.read(
        connection -> {
          try (var select = connection.prepareStatement("SELECT count(*) FROM pipeline_minutes");
              var row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  static void age(Plant plant, Duration run) {
    plant.database.write(
        connection -> {
          try (var upsert =
              connection.prepareStatement(
                  "INSERT INTO pipeline_age (one, minutes) VALUES (1, ?)"
                      + " ON CONFLICT (one) DO UPDATE SET minutes = excluded.minutes")) {
            upsert.setLong(1, run.toMinutes());
            return upsert.executeUpdate();
          }
        });
  }

  /** So many commits that news of the first is stored whole. */
  private static void commits(Plant plant, RecordSealer sealer, Identity device, long first) {
    try (Pipeline pipeline = Pipeline.open(plant.parts());
        Worker worker = pipeline.newWorker()) {
      for (long sequence = first; sequence < first + 300; sequence++) {
        plant.publish(sealer, 3, device, sequence, 20);
        pipeline.turn(worker);
      }
      assertThat(worker.commits()).isEqualTo(300);
    }
  }

  private static long windows(Plant plant, int enrolment) {
    return plant.database.read(
        connection -> {
          try (var select =
              connection.prepareStatement(
                  "SELECT count(*) FROM pipeline_replay WHERE enrolment = ?")) {
            select.setInt(1, enrolment);
            try (var row = select.executeQuery()) {
              row.next();
              return row.getLong(1);
            }
          }
        });
  }

  // Without it, what a replaced board has sent already would be stored again.
  @Test
  void a_clock_years_ahead_lets_go_of_no_window_of_a_replaced_board() {
    try (var plant = new Plant(folder);
        RecordSealer sealer = plant.sealer()) {
      Identity first = plant.device("press-1", "prod");
      commits(plant, sealer, first, 1);
      plant.turn(YEAR);
      Identity second = plant.replaceBoard(first);
      commits(plant, sealer, second, 301);
      assertThat(windows(plant, second.enrolment())).isEqualTo(1);
      assertThat(windows(plant, first.enrolment())).isEqualTo(1);
      age(plant, Duration.ofDays(32));
      commits(plant, sealer, second, 601);
      assertThat(windows(plant, second.enrolment())).isEqualTo(1);
      assertThat(windows(plant, first.enrolment())).as("a month of running").isZero();
    }
  }

  // A final minute used to be let go by a clock that was a year ahead once: a late row began anew.
  @Test
  void a_clock_a_year_ahead_lets_go_of_no_minute_and_uses_no_revision_again() {
    try (var plant = new Plant(folder);
        RecordSealer sealer = plant.sealer()) {
      Identity press = plant.device("press-1", "prod");
      plant.publish(sealer, 3, press, 1, 20);
      plant.publish(sealer, 3, press, 2, 22);
      var late = plant.origin(press, 3);
      var payload = plant.payload(3, 24.0);
      plant.turn(Duration.ofMinutes(5));
      plant.pump();
      plant.turn(YEAR);
      // A new worker: it looks for what is to go with its first commit.
      plant.publish(sealer, 3, plant.device("press-2", "prod"), 1, 5);
      plant.pump();
      plant.turn(YEAR.negated());
      plant.append(Plant.sealed(sealer, 3, late, payload));
      plant.pump();
      plant.turn(Duration.ofMinutes(5));
      plant.pump();
      List<TableLake.Minute> minutes =
          plant.lake.minutes("temperature").stream().filter(minute -> minute.count() > 1).toList();
      assertThat(minutes.getLast().count()).isEqualTo(3);
      assertThat(minutes.stream().map(TableLake.Minute::revision)).doesNotHaveDuplicates();
      assertThat(minutes.getLast().isFinal()).isTrue();
      assertThat(plant.deadLetters()).isEmpty();
    }
  }

  @Test
  void a_minute_goes_when_a_month_has_passed_by_both_clocks() {
    try (var plant = new Plant(folder);
        RecordSealer sealer = plant.sealer()) {
      Identity press = plant.device("press-1", "prod");
      plant.publish(sealer, 3, press, 1, 20);
      plant.turn(Duration.ofMinutes(5));
      plant.pump();
      assertThat(stored(plant)).isEqualTo(1);
      age(plant, Duration.ofDays(31));
      plant.publish(sealer, 3, press, 2, 20);
      plant.pump();
      assertThat(stored(plant)).as("the wall clock says it was just now").isEqualTo(2);
      plant.turn(Duration.ofDays(40));
      plant.publish(sealer, 3, plant.device("press-2", "prod"), 1, 20);
      plant.pump();
      assertThat(stored(plant)).as("the first, and not the one of day 31").isEqualTo(2);
    }
  }

  /** A reading of 20 at noon, whose minute is let go of when another device sends one of 5. */
  private static Identity letGoOfNoon(Plant plant, RecordSealer sealer) {
    plant.publish(sealer, 3, plant.device("press-1", "prod"), 1, 20);
    plant.turn(Duration.ofMinutes(5));
    plant.pump();
    age(plant, Duration.ofDays(31));
    plant.turn(Duration.ofDays(40));
    Identity other = plant.device("press-2", "prod");
    plant.publish(sealer, 3, other, 1, 5);
    plant.pump();
    assertThat(stored(plant)).as("the minute at noon is let go of").isEqualTo(1);
    return other;
  }

  private static List<TableLake.Minute> noon(Plant plant) {
    return plant.lake.minutes("temperature").stream().filter(row -> row.sum() != 5).toList();
  }

  // Firm ground 7, section 3: history is loaded for a minute that the state has let go of.
  @Test
  void a_reading_of_a_minute_of_long_ago_joins_what_the_lake_has_of_it() {
    try (var plant = new Plant(folder);
        RecordSealer sealer = plant.sealer()) {
      Identity other = letGoOfNoon(plant, sealer);

      int version = allowHistory(plant);
      Bytes reading = Plant.payload(2, Plant.NOON, "{\"temperature\":30}", "{}");
      plant.append(Plant.sealed(sealer, 3, plant.origin(other, 2, version), reading));
      plant.pump();
      plant.turn(Duration.ofSeconds(31));
      plant.pump();
      List<TableLake.Minute> noon = noon(plant);
      assertThat(noon).extracting(TableLake.Minute::revision).doesNotHaveDuplicates();
      TableLake.Minute last = noon.getLast();
      assertThat(last.isFinal()).isTrue();
      assertThat(last.count()).isEqualTo(2);
      assertThat(last.sum()).isEqualTo(50);
      assertThat(last.devices()).isEqualTo(2);
      assertThat(noon.get(noon.size() - 2).contributors()).isEqualTo("{2}");
      assertThat(plant.deadLetters()).isEmpty();
    }
  }

  // Let go of by both clocks; then the wall clock goes back to where the minute is new to it.
  @Test
  void a_clock_set_back_begins_no_minute_anew_that_was_let_go_of() {
    try (var plant = new Plant(folder);
        RecordSealer sealer = plant.sealer()) {
      Identity other = letGoOfNoon(plant, sealer);

      plant.turn(Duration.ofDays(-40));
      Bytes reading = Plant.payload(2, Plant.NOON, "{\"temperature\":30}", "{}");
      plant.append(Plant.sealed(sealer, 3, plant.origin(other, 2), reading));
      plant.pump();
      List<TableLake.Minute> noon = noon(plant);
      assertThat(noon).extracting(TableLake.Minute::revision).doesNotHaveDuplicates();
      assertThat(noon.getLast().sum()).isEqualTo(50);
    }
  }

  static int allowHistory(Plant plant) {
    String policy =
        Policy.factoryDocument()
            .asUtf8()
            .replace("\"name\": \"telemetry\",", "\"name\": \"telemetry\", \"ageDaysMax\": 365,");
    var document = new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(policy), OptionalLong.empty());
    var change = plant.registry.putPolicy(document, new Act("test", "test"));
    return Math.toIntExact(((PolicyChange.InForce) change).policy().version());
  }
}
