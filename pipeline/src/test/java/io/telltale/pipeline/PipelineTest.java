package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Halts;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.leaves.LeafRun;
import io.telltale.proof.MerkleTree;
import io.telltale.record.Origin;
import io.telltale.record.ReadingHash;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyChange;
import io.telltale.registry.PolicyDocument;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PipelineTest {
  private static final Act WHY = new Act("spiffe://telltale.local/default/person/o", "test");

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
  }

  // PL-1, PL-2
  @Test
  void a_record_becomes_rows_in_canonical_units_with_every_step_listed() {
    try (RecordSealer sealer = plant.sealer()) {
      Bytes payload =
          Plant.payload(
              1,
              Plant.NOON,
              "{\"temperature\":212,\"pressure\":1.5,\"power\":2000}",
              "{\"temperature\":\"degF\",\"pressure\":\"bar\",\"power\":\"W\"}");
      plant.append(Plant.sealed(sealer, 3, plant.origin(press, 1), payload));
    }
    PipelineStatus status = plant.pump();
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(status.records()).isEqualTo(1);
    assertThat(status.totalLag()).isZero();
    List<TableLake.Row> rows = plant.lake.rows();
    assertThat(rows)
        .extracting(row -> "%s=%.3f %s".formatted(row.metric(), row.value(), row.unit()))
        .containsExactly("power=2.000 kW", "pressure=150.000 kPa", "temperature=100.000 degC");
    assertThat(rows.getFirst().steps())
        .isEqualTo("open@1 validate@telemetry@1 normalise@2 enrich@1");
    assertThat(rows.getFirst().site()).isEqualTo("hall-1");
    assertThat(rows.getFirst().offset()).isEqualTo(1);
  }

  // PL-1
  @Test
  void a_crash_between_any_two_steps_loses_and_doubles_nothing() {
    var random = new Random(11);
    int sent = 0;
    try (RecordSealer sealer = plant.sealer()) {
      for (int round = 0; round < 16; round++) {
        for (int i = random.nextInt(5); i >= 0; i--) {
          sent++;
          plant.publish(sealer, random.nextInt(4), press, sent, sent % 50);
        }
        plant.crashAt(Plant.COMMIT_STEPS.get(round % Plant.COMMIT_STEPS.size()));
      }
    }
    plant.turn(Duration.ofMinutes(5));
    plant.pump();
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(plant.lake.rows()).hasSize(sent);
    assertThat(plant.lake.rows().stream().map(row -> row.partition() + ":" + row.offset()))
        .doesNotHaveDuplicates();
    // Every total holds exactly what is stored: no record counted twice, none left out.
    TableLake.Minute last = plant.lake.minutes("temperature").getLast();
    assertThat(last.isFinal()).isTrue();
    assertThat(last.count()).isEqualTo(sent);
    double sum = IntStream.rangeClosed(1, sent).mapToDouble(i -> i % 50).sum();
    assertThat(last.sum()).isEqualTo(sum);
    assertThat(plant.lake.minutes("temperature").stream().map(TableLake.Minute::revision))
        .doesNotHaveDuplicates();
    assertThat(plant.events("batch.stored").stream().map(Event::subject)).doesNotHaveDuplicates();
    long counted =
        plant.events("batch.stored").stream()
            .mapToLong(event -> Long.parseLong(event.details().getOrDefault("count", "0")))
            .sum();
    assertThat(counted).isEqualTo(sent);
  }

  // IN-7
  @Test
  void the_same_message_twice_is_stored_once_and_a_fork_is_dead_lettered() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.publish(sealer, 0, press, 1, 20);
      plant.pump();
      plant.publish(sealer, 0, press, 1, 20);
      plant.publish(sealer, 0, press, 1, 21);
      plant.publish(sealer, 0, press, 500, 22);
      plant.publish(sealer, 0, press, 2, 23);
      plant.pump();
    }
    // The last one comes late, which is no reason to lose it.
    assertThat(plant.lake.rows())
        .extracting(TableLake.Row::value)
        .containsExactly(20.0, 22.0, 23.0);
    assertThat(plant.deadLetters()).containsExactly("fork");
    // The pipeline's window is the true one, and has the last word.
    assertThat(plant.events("incident.fork")).hasSize(1);
    assertThat(plant.events("incident.fork").getFirst().subject()).isEqualTo(press.id().uri());
    assertThat(plant.events("incident.fork").getFirst().details())
        .containsEntry("sequence", "1")
        .containsEntry("record", "0:4");
    assertThat(plant.events("record.rejected").getFirst().details()).containsEntry("fork", "1");
  }

  // PL-6
  @Test
  void injected_altered_reordered_and_removed_entries_never_reach_the_lake() {
    var bodies = new ArrayList<RecordLog.Entry>();
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 6; i++) {
        bodies.addAll(Plant.sealed(sealer, 0, plant.origin(press, i), plant.payload(i, i)));
      }
    }
    byte[] altered = bodies.get(2).body().toArray();
    altered[altered.length / 2] ^= 1;
    plant.append(
        List.of(
            bodies.get(0),
            new RecordLog.Entry(0, Bytes.utf8("injected")),
            bodies.get(1),
            new RecordLog.Entry(0, Bytes.adopt(altered)),
            bodies.get(2),
            bodies.get(1)));
    // Another partition gets what was sealed for the first one.
    plant.append(List.of(new RecordLog.Entry(1, bodies.get(3).body())));
    // The fourth record is removed, and what comes behind the gap is not trusted.
    plant.append(List.of(bodies.get(4)));
    plant.pump();
    assertThat(plant.lake.rows()).extracting(TableLake.Row::value).containsExactly(1.0, 2.0);
    assertThat(plant.deadLetters()).hasSize(5).contains("not-an-entry", "record-not-authentic");
    assertThat(plant.log.end(0)).isEqualTo(7);
  }

  @Test
  void what_a_revoked_device_sent_before_is_marked_and_after_is_refused() {
    Worker.Shared shared = plant.shared(step -> {});
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.turn(Duration.ofSeconds(1));
      plant.registry.transition(press.id(), LifecycleState.COMPROMISED, WHY);
      plant.turn(Duration.ofSeconds(1));
      // A door that was cut off from the feed still lets it in.
      plant.publish(sealer, 0, press, 2, 21);
      plant.pump(shared);
    }
    assertThat(plant.lake.rows()).hasSize(1);
    assertThat(plant.lake.rows().getFirst().suspect()).isTrue();
    assertThat(plant.deadLetters()).containsExactly("device-not-trusted");
    assertThat(plant.lake.minutes("temperature")).isEmpty();
  }

  // ADR 0237
  @Test
  void what_lay_in_the_log_before_a_revocation_came_before_it_though_the_clock_went_back() {
    Worker.Shared shared = plant.shared(step -> {});
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.turn(Duration.ofSeconds(2));
      Origin cutOff = plant.origin(press, 2);
      plant.turn(Duration.ofHours(-1));
      plant.registry.transition(press.id(), LifecycleState.COMPROMISED, WHY);
      // A door that has not heard of it yet.
      plant.append(Plant.sealed(sealer, 0, cutOff, plant.payload(2, 21)));
      plant.pump(shared);
    }
    assertThat(plant.lake.rows()).extracting(TableLake.Row::suspect).containsExactly(true);
    assertThat(plant.deadLetters()).containsExactly("device-not-trusted");
  }

  // IN-5
  @Test
  void what_a_door_should_not_have_admitted_is_dead_lettered_with_its_reason() {
    Identity stranger = plant.device("press-9", "prod");
    try (RecordSealer sealer = plant.sealer()) {
      send(sealer, 1, "{\"seq\":1}");
      send(sealer, 2, "not json");
      send(sealer, 3, "{\"seq\":3,\"seq\":3}");
      send(sealer, 4, "{\"sent\":1,\"time\":1,\"values\":{\"temperature\":20}}");
      send(
          sealer,
          5,
          Plant.payload(5, Plant.NOON, "{\"temperature\":1}", "{\"temperature\":\"furlong\"}")
              .asUtf8());
      send(sealer, 6, Plant.payload(6, Plant.NOON, "{\"temperature\":300}", "{}").asUtf8());
      send(sealer, 7, plant.payload(8, 1).asUtf8());
      var asAnother =
          new Identity(
              stranger.number(),
              press.id(),
              press.state(),
              stranger.credential(),
              press.issuer(),
              press.credentialState(),
              press.enrolment(),
              press.notAfter(),
              press.asset(),
              press.firmwareClaimed(),
              press.feedPosition());
      plant.publish(sealer, 0, asAnother, 9, 1);
    }
    plant.pump();
    assertThat(plant.lake.rows()).isEmpty();
    assertThat(plant.deadLetters())
        .containsExactly(
            "schema-violation",
            "not-json",
            "not-json",
            "time-implausible",
            "unit-unknown",
            "value-out-of-range",
            "metadata-malformed",
            "identity-mismatch");
  }

  private void send(RecordSealer sealer, long sequence, String payload) {
    plant.append(Plant.sealed(sealer, 0, plant.origin(press, sequence), Bytes.utf8(payload)));
  }

  // AU-2
  @Test
  void a_batch_is_proven_by_its_leaf_array() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 5, press, 1, 20);
      plant.publish(sealer, 5, press, 1, 20);
      plant.publish(sealer, 5, press, 2, 21);
    }
    plant.pump();
    Event event = plant.events("batch.stored").getFirst();
    assertThat(event.subject()).isEqualTo("batch/0");
    assertThat(event.details()).containsEntry("offsets", "5:0-3");
    assertThat(event.details()).containsEntry("count", "2");
    byte[] bytes =
        new LeafArrays(plant.database, plant.objects)
            .get(event.details().getOrDefault("leaves", ""))
            .orElseThrow()
            .toArray();
    var leaves = new ArrayList<Hash>();
    for (int at = 0; at < bytes.length; at += Hash.SIZE) {
      leaves.add(new Hash(Bytes.copyOf(java.util.Arrays.copyOfRange(bytes, at, at + Hash.SIZE))));
    }
    // The announcement and the duplicate keep their places.
    assertThat(leaves).hasSize(4);
    assertThat(leaves.get(0)).isEqualTo(LeafRun.NOTHING).isEqualTo(leaves.get(2));
    assertThat(MerkleTree.rootOf(leaves).hex()).isEqualTo(event.details().get("root"));
  }

  @Test
  void windows_for_the_doors_hold_what_still_waits() {
    var used = new ArrayList<String>();
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.pump();
      plant.publish(sealer, 0, press, 2, 21);
    }
    try (var pipeline = Pipeline.open(plant.parts())) {
      ReadingHash known = pipeline.readingHash();
      long hash = known.of(known.label("telemetry"), plant.payload(2, 21));
      pipeline.replayWindows(
          (device, enrolment, sequence, reading, offset) ->
              used.add(
                  "%d/%d %d %d %s"
                      .formatted(device, enrolment, sequence, offset, reading == hash)));
    }
    assertThat(used).containsExactly(press.number() + "/1 2 2 true");
    plant.pump();
    assertThat(plant.lake.rows()).hasSize(2);
  }

  @Test
  void an_older_pipeline_cannot_commit_any_more() {
    Worker.Shared older = plant.shared(step -> {});
    Worker.Shared newer = plant.shared(step -> {});
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
    }
    assertThatThrownBy(() -> plant.pump(older)).isInstanceOf(FencedException.class);
    plant.pump(newer);
    assertThat(plant.lake.rows()).hasSize(1);
  }

  // IN-5, ADR 0170
  @Test
  void a_record_is_judged_by_the_policy_it_was_admitted_under() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      String narrower = "{\"deviceTypes\":[],\"messageTypes\":[],\"rules\":[]}";
      var next =
          new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(narrower), OptionalLong.empty(), true);
      assertThat(plant.registry.putPolicy(next, new Act("system", "test")))
          .isInstanceOf(PolicyChange.InForce.class);
      plant.publish(sealer, 0, press, 2, 21);
      plant.append(Plant.sealed(sealer, 0, plant.origin(press, 3, 2), plant.payload(3, 22)));
    }
    plant.pump();
    assertThat(plant.lake.rows()).hasSize(2);
    assertThat(plant.deadLetters()).containsExactly("type-not-allowed");
  }

  // IN-12, ADR 0173
  @Test
  void a_foreign_payload_is_mapped_and_its_mapping_is_a_step() {
    String mapped =
        """
        {"deviceTypes": [{"name": "press", "messageTypes": ["telemetry"], "replay": "session-only",
           "limits": {"messagesPerSecond": 1, "burst": 1, "bytesPerSecond": 1000}}],
         "messageTypes": [{"name": "telemetry", "version": 1, "sensitivity": "internal",
           "topic": "tele/{device}/SENSOR", "schema": {},
           "mapping": {"version": 4, "format": "text",
             "values": [{"name": "temperature", "number": "decimal-comma"}]},
           "fields": [{"name": "temperature", "unit": "degF", "canonicalUnit": "degC",
                       "min": -40, "max": 250}]}],
         "rules": []}
        """;
    Bytes payload = Bytes.utf8("212,0");
    try (RecordSealer sealer = plant.sealer()) {
      var next =
          new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(mapped), OptionalLong.empty(), true);
      assertThat(plant.registry.putPolicy(next, new Act("system", "test")))
          .isInstanceOf(PolicyChange.InForce.class);
      plant.append(Plant.sealed(sealer, 0, plant.origin(press, 1, 2), payload));
      plant.append(Plant.sealed(sealer, 0, plant.origin(press, 2, 2), Bytes.utf8("212.0")));
    }
    plant.pump();

    assertThat(plant.deadLetters()).containsExactly("payload-unreadable");
    assertThat(plant.lake.rows())
        .extracting(row -> "%s=%.3f %s".formatted(row.metric(), row.value(), row.unit()))
        .containsExactly("temperature=100.000 degC");
    assertThat(plant.lake.rows().getFirst().steps())
        .isEqualTo("open@1 map@telemetry@4 validate@telemetry@1 normalise@2 enrich@1");
  }

  // PL-3, KM-2
  @Test
  void nothing_readable_lies_in_the_pipelines_database() throws IOException, SQLException {
    String canary = "canary-74d1";
    try (RecordSealer sealer = plant.sealer()) {
      plant.append(
          Plant.sealed(
              sealer,
              0,
              plant.origin(press, 1),
              Bytes.utf8("{\"seq\":1,\"sent\":1,\"time\":1,\"values\":{\"" + canary + "\":1}}")));
    }
    plant.pump();
    assertThat(plant.deadLetters()).containsExactly("schema-violation");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(canary);
      }
    }
    byte[] rows = TestStores.bytes(folder.resolve("pipeline.db")).toArray();
    assertThat(new String(rows, StandardCharsets.ISO_8859_1))
        .contains("schema-violation")
        .doesNotContain(canary);
  }

  @Test
  void the_runner_rides_out_a_lake_that_is_away() throws InterruptedException {
    plant.lake.unavailable(true);
    try (RecordSealer sealer = plant.sealer();
        var pipeline = Pipeline.open(plant.parts())) {
      plant.publish(sealer, 0, press, 1, 20);
      pipeline.start();
      Waiting.until("it waits", 10, () -> pipeline.status().waiting());
      assertThat(plant.standing).containsKey(Halts.Kind.PIPELINE_WAITS);
      assertThat(pipeline.status().totalLag()).isEqualTo(2);
      plant.lake.unavailable(false);
      // The commit is told first, that nothing stands still any more a moment later.
      Waiting.until("nothing stands still", 10, plant.standing::isEmpty);
      assertThat(pipeline.status().records()).isEqualTo(1);
      assertThat(pipeline.status().waiting()).isFalse();
      assertThat(plant.standing).isEmpty();
    }
    assertThat(plant.lake.rows()).hasSize(1);
  }

  @Test
  void a_wait_ends_when_nothing_waits_any_more_without_a_commit() throws InterruptedException {
    var away = new AtomicInteger(3);
    PipelineParts parts =
        plant.withOpeners(
            (partition, state, memory) -> {
              if (away.getAndDecrement() > 0) {
                throw new UnavailableException("injected: the key service is away");
              }
              return plant.parts().openers().open(partition, state, memory);
            });
    try (var pipeline = Pipeline.open(parts)) {
      pipeline.start();
      Waiting.until("it went on", 10, () -> away.get() < 0 && plant.standing.isEmpty());
      assertThat(pipeline.status().waiting()).isFalse();
      assertThat(pipeline.status().commits()).isZero();
    }
  }

  @Test
  void a_damaged_partition_stops_alone() throws IOException {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.publish(sealer, 1, press, 2, 21);
    }
    Path segment = folder.resolve("log").resolve("0000000001.seg");
    byte[] bytes = Files.readAllBytes(segment);
    bytes[160 + 20 + 18 + 40] ^= 1;
    Files.write(segment, bytes);
    Worker.Shared shared = plant.shared(step -> {});
    assertThatThrownBy(() -> plant.pump(shared)).isInstanceOf(RestartException.class);
    PipelineStatus status = plant.pump(shared);
    assertThat(status.halted()).containsExactly(0);
    assertThat(plant.lake.rows()).extracting(TableLake.Row::partition).containsExactly(1);
  }
}
