package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.TenantId;
import io.telltale.lake.LakeWriter;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.leaves.LeafRun;
import io.telltale.proof.MerkleTree;
import io.telltale.registry.Act;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Firm ground 3: records of a closed scope are set aside and come in order when it opens; everybody
 * else goes on.
 */
@Timeout(120)
class SetAsideTest {
  private static final Act WHY = new Act("system", "test");

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;
  private Identity other;
  private Scope scope;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
    other = plant.device("press-2", "test");
    scope = plant.origin(press, 1).scope();
  }

  private void disable() {
    plant.keys.disable(scope, Plant.KEY_ACT);
  }

  private void enable() {
    plant.keys.enable(scope, Plant.KEY_ACT);
  }

  private List<Double> valuesOf(Identity device) {
    return plant.lake.rows().stream()
        .filter(row -> row.device().equals(device.id().name()))
        .map(TableLake.Row::value)
        .toList();
  }

  // KM-4
  @Test
  void a_closed_scope_holds_neither_its_partition_nor_retention_and_loses_nothing() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.pump();
      plant.publish(sealer, 0, press, 2, 21);
      plant.publish(sealer, 0, other, 1, 30);
      plant.publish(sealer, 0, press, 3, 22);
      plant.publish(sealer, 0, other, 2, 31);
      disable();
      PipelineStatus closed = plant.pump();
      assertThat(closed.totalLag()).isZero();
      assertThat(closed.setAside().records()).isEqualTo(Map.of(scope.path(), 2L));
      assertThat(closed.setAside().bytes()).isPositive();
      assertThat(valuesOf(other)).containsExactly(30.0, 31.0);
      assertThat(valuesOf(press)).containsExactly(20.0);
      var letters = new DeadLetters(plant.database, plant.keys::fileKeys);
      assertThat(letters.waiting(TenantId.DEFAULT, 0, 2))
          .contains(new WaitingRecord(scope, plant.clock.instant()));
      assertThat(letters.waiting(TenantId.DEFAULT, 0, 1)).as("it is stored").isEmpty();
      assertThat(letters.isAhead(0, plant.log.end(0) - 1)).as("it was taken").isFalse();
      assertThat(letters.isAhead(0, plant.log.end(0))).isTrue();
      assertThat(letters.isAhead(RecordLog.PARTITIONS, 0)).as("no such partition").isFalse();
      assertThat(letters.waiting(new TenantId("another"), 0, 2)).as("not theirs").isEmpty();
      try (var worker = new Worker(plant.shared(step -> {}))) {
        assertThat(worker.committed()[0]).isEqualTo(plant.log.end(0));
      }
      enable();
      PipelineStatus open = plant.pump();
      assertThat(open.setAside().total()).isZero();
      // The same lease goes on behind them.
      plant.publish(sealer, 0, press, 4, 23);
      plant.pump();
    }
    plant.turn(Duration.ofMinutes(3));
    plant.pump();
    assertThat(valuesOf(press)).containsExactly(20.0, 21.0, 22.0, 23.0);
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(plant.lake.minutes("temperature").stream().filter(TableLake.Minute::isFinal))
        .extracting(TableLake.Minute::count)
        .containsExactlyInAnyOrder(4L, 2L);
    assertThat(plant.lake.minutes("temperature"))
        .extracting(TableLake.Minute::offsets)
        .contains("0:1-1", "0:2-2,5-5", "0:8-8");
    assertThat(plant.events("record.set-aside")).hasSize(1);
    Event resumed = plant.events("record.resumed").getFirst();
    assertThat(resumed.subject()).isEqualTo(scope.path());
    assertThat(resumed.details()).containsEntry("records", "2").containsEntry("waiting", "0");
  }

  /** The device renews on days 19, 39 and 65, when nobody knows its first credential any more. */
  private void renewUntilTheFirstIsForgotten() {
    Identity newest = press;
    int today = 0;
    for (int day : new int[] {19, 39, 65}) {
      plant.turn(Duration.ofDays(day - today));
      today = day;
      newest = plant.renew(newest);
    }
    assertThat(plant.registry.view().byCredential(press.credential())).isEmpty();
  }

  @Test
  void what_waits_until_its_credential_has_left_the_view_is_stored_when_its_scope_opens() {
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 3; i++) {
        plant.publish(sealer, 0, press, i, i);
      }
    }
    disable();
    plant.pump();
    renewUntilTheFirstIsForgotten();
    enable();
    plant.pump();
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(valuesOf(press)).containsExactly(1.0, 2.0, 3.0);
    assertThat(plant.lake.rows()).noneMatch(TableLake.Row::suspect);
  }

  @Test
  void a_revoked_credential_that_has_left_the_view_is_judged_as_if_it_had_not() {
    Worker.Shared shared = plant.shared(step -> {});
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 1);
      plant.renew(press);
      plant.turn(Duration.ofSeconds(1));
      plant.registry.transition(press.id(), LifecycleState.COMPROMISED, WHY);
      plant.turn(Duration.ofSeconds(1));
      // A door that does not listen lets it in.
      plant.publish(sealer, 0, press, 2, 2);
    }
    disable();
    plant.pump(shared);
    plant.turn(Duration.ofDays(65));
    plant.registry.transition(press.id(), LifecycleState.RETIRED, WHY);
    assertThat(plant.registry.view().byCredential(press.credential())).isEmpty();
    enable();
    plant.pump(shared);
    assertThat(plant.deadLetters()).containsExactly("device-not-trusted");
    assertThat(plant.lake.rows()).extracting(TableLake.Row::suspect).containsExactly(true);
  }

  @Test
  void late_records_are_a_batch_of_their_own_that_alone_has_their_leaves() {
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 4; i++) {
        plant.publish(sealer, 0, press, i, i);
        plant.publish(sealer, 0, other, i, 10 + i);
      }
      disable();
      plant.pump();
      enable();
      plant.pump();
    }
    List<Event> batches = plant.events("batch.stored");
    assertThat(batches).hasSize(2);
    assertThat(batches.get(0).details()).doesNotContainKey("late").containsEntry("count", "4");
    Map<String, String> late = batches.get(1).details();
    // Announcements lie at 0 and 2.
    assertThat(late)
        .containsEntry("late", "true")
        .containsEntry("count", "4")
        .containsEntry("offsets", "0:1-1;0:4-4;0:6-6;0:8-8");
    var array =
        new LeafArrays(plant.database, plant.objects)
            .get(late.getOrDefault("leaves", ""))
            .orElseThrow();
    var leaves = new ArrayList<Hash>();
    for (int at = 0; at < array.size(); at += Hash.SIZE) {
      leaves.add(new Hash(array.slice(at, at + Hash.SIZE)));
    }
    assertThat(leaves).doesNotContain(LeafRun.NOTHING);
    assertThat(MerkleTree.rootOf(leaves).hex()).isEqualTo(late.get("root"));
  }

  @Test
  void a_crash_between_any_two_steps_loses_and_doubles_nothing_and_keeps_the_order() {
    var random = new Random(3);
    int mine = 0;
    int theirs = 0;
    try (RecordSealer sealer = plant.sealer()) {
      for (int round = 0; round < 24; round++) {
        for (int i = random.nextInt(4); i >= 0; i--) {
          plant.publish(sealer, 0, press, ++mine, mine);
          plant.publish(sealer, 0, other, ++theirs, theirs);
        }
        boolean closed = random.nextBoolean();
        if (closed) {
          disable();
        }
        plant.crashAt(Plant.COMMIT_STEPS.get(round % Plant.COMMIT_STEPS.size()));
        if (closed) {
          enable();
        }
      }
    }
    plant.turn(Duration.ofMinutes(3));
    assertThat(plant.pump().setAside().total()).isZero();
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(valuesOf(press)).hasSize(mine).isSorted().doesNotHaveDuplicates();
    assertThat(valuesOf(other)).hasSize(theirs).isSorted().doesNotHaveDuplicates();
    assertThat(
            plant.events("batch.stored").stream()
                .mapToLong(event -> Long.parseLong(event.details().getOrDefault("count", "0")))
                .sum())
        .isEqualTo(mine + theirs);
  }

  @Test
  void the_lease_of_what_waits_is_remembered_however_long_it_takes() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.pump();
      plant.publish(sealer, 0, press, 2, 21);
      disable();
      plant.pump();
    }
    for (int day = 0; day < 3; day++) {
      plant.turn(Duration.ofHours(13));
      try (RecordSealer sealer = plant.sealer()) {
        plant.publish(sealer, 0, other, 1 + day, 30 + day);
      }
      plant.pump();
    }
    enable();
    plant.pump();
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(valuesOf(press)).containsExactly(20.0, 21.0);
  }

  @Test
  void a_destroyed_key_turns_what_waits_into_dead_letters() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.publish(sealer, 0, press, 2, 21);
      plant.publish(sealer, 0, other, 1, 30);
      disable();
      plant.pump();
      plant.keys.destroy(scope, Plant.KEY_ACT, Duration.ZERO);
      assertThat(plant.pump().setAside().total()).isZero();
      plant.publish(sealer, 0, other, 2, 31);
      plant.pump();
    }
    assertThat(plant.deadLetters()).containsExactly("scope-key-destroyed", "scope-key-destroyed");
    assertThat(plant.events("record.dead-lettered")).hasSize(2);
    assertThat(valuesOf(other)).containsExactly(30.0, 31.0);
  }

  @Test
  void when_no_more_can_be_set_aside_the_partition_waits_is_named_and_loses_nothing() {
    PipelineParts small =
        plant.parts(plant.lake, Plant.settings().but().setAsideBytesMax(1_500).build());
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 6; i++) {
        plant.publish(sealer, 0, press, i, i);
      }
      plant.publish(sealer, 0, other, 1, 30);
      plant.publish(sealer, 1, other, 2, 31);
      disable();
      PipelineStatus full = plant.pump(plant.shared(small, step -> {}));
      assertThat(full.setAside().full()).containsExactly(0);
      assertThat(full.setAside().bytes()).isBetween(1L, 1_500L);
      assertThat(full.lag().get(0)).isPositive();
      assertThat(valuesOf(other)).containsExactly(31.0);
      enable();
      PipelineStatus open = plant.pump(plant.shared(small, step -> {}));
      assertThat(open.setAside().full()).isEmpty();
      assertThat(open.totalLag()).isZero();
    }
    assertThat(valuesOf(press)).containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, 6.0);
    assertThat(valuesOf(other)).containsExactly(30.0, 31.0);
    assertThat(plant.deadLetters()).isEmpty();
  }

  @Test
  void a_partition_that_waits_for_room_does_not_slow_another() {
    PipelineSettings settings =
        Plant.settings().but().setAsideBytesMax(1_500).readBytesMax(8_000).build();
    try (RecordSealer sealer = plant.sealer();
        var worker = new Worker(plant.shared(plant.parts(plant.lake, settings), step -> {}))) {
      for (int i = 1; i <= 120; i++) {
        plant.publish(sealer, 0, press, i, i);
      }
      disable();
      while (worker.round()) {
        assertThat(worker.committed()[0]).isLessThan(120);
      }
      for (int i = 1; i <= 10; i++) {
        plant.publish(sealer, 1, other, i, i);
      }
      worker.round();
      assertThat(valuesOf(other)).hasSize(10);
    }
  }

  @Test
  void a_late_record_for_which_the_store_fails_is_found_and_the_others_are_stored()
      throws InterruptedException {
    LakeWriter brittle =
        (rows, minutes) -> {
          if (rows.stream().anyMatch(row -> row.value().orElse(0) == 7)) {
            throw new ArithmeticException("long overflow");
          }
          return plant.lake.prepare(rows, minutes);
        };
    int more = 0;
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 20; i++) {
        plant.publish(sealer, i % 2, press, i, i);
      }
      disable();
      plant.pump();
      enable();
      try (Pipeline pipeline = Pipeline.open(plant.parts(brittle, Plant.settings()))) {
        pipeline.start();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (valuesOf(press).size() < 19 && System.nanoTime() < until) {
          // Others come all the while.
          plant.publish(sealer, 0, other, ++more, 100 + more % 100);
          Waiting.pass(Duration.ofMillis(5));
        }
      }
    }
    assertThat(plant.deadLetters()).containsExactly("not-processed");
    assertThat(valuesOf(press)).hasSize(19).doesNotContain(7.0).doesNotHaveDuplicates();
  }

  @Test
  void a_late_record_whose_scope_closes_while_it_is_looked_for_holds_no_aggregates()
      throws InterruptedException {
    var closed = new AtomicBoolean();
    LakeWriter closing =
        (rows, minutes) -> {
          if (!closed.get() && rows.stream().anyMatch(row -> row.value().orElse(0) == 7)) {
            disable();
            closed.set(true);
            throw new OutOfMemoryError("Java heap space");
          }
          return plant.lake.prepare(rows, minutes);
        };
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 7, 7);
      plant.publish(sealer, 0, other, 1, 30);
    }
    disable();
    plant.pump();
    enable();
    plant.turn(Duration.ofMinutes(5));
    try (Pipeline pipeline = Pipeline.open(plant.parts(closing, Plant.settings()))) {
      pipeline.start();
      Waiting.until(
          "a minute is final",
          60,
          () -> plant.lake.minutes("temperature").stream().anyMatch(TableLake.Minute::isFinal));
      assertThat(closed.get()).isTrue();
      enable();
      Waiting.until("its value is stored", 60, () -> !valuesOf(press).isEmpty());
    }
    assertThat(valuesOf(press)).containsExactly(7.0);
    assertThat(plant.deadLetters()).isEmpty();
  }

  @Test
  void a_doors_window_holds_what_was_set_aside_when_its_scope_is_open_again() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.publish(sealer, 0, press, 2, 21);
      disable();
      plant.pump();
      enable();
      plant.publish(sealer, 0, press, 3, 22);
    }
    var used = new ArrayList<Long>();
    try (Pipeline pipeline = Pipeline.open(plant.parts())) {
      pipeline.replayWindows((device, enrolment, sequence, hash, offset) -> used.add(sequence));
    }
    assertThat(used).containsExactly(1L, 2L, 3L);
  }
}
