package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.ledger.MerkleTree;
import io.telltale.log.RecordLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35: leaf arrays against the ledger, a bounded piece of work a step. */
final class LeafCheckTest {
  private static final int BATCHES = 10_000;

  @TempDir Path folder;
  private final Map<Integer, List<LeafArrays.OldBatch>> old = new HashMap<>();
  private long asked;

  private static Hash leaf(long batch) {
    return Hash.sha256(Bytes.utf8("leaf " + batch));
  }

  private final class Roots implements LeafArrays.Roots {
    @Override
    public Optional<Hash> of(long batch) {
      asked++;
      return Optional.of(MerkleTree.rootOf(List.of(leaf(batch))));
    }

    @Override
    public List<LeafArrays.OldBatch> old(int partition, long before) {
      return old.getOrDefault(partition, List.of()).stream()
          .filter(batch -> batch.event() < before)
          .toList();
    }
  }

  /** One object of many batches with a leaf each. */
  private static void store(Plant plant, long first, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * (Integer.BYTES + Hash.SIZE));
    for (long batch = first; batch < first + count; batch++) {
      bytes.putInt(1).put(leaf(batch).value().toArray());
    }
    long last = first + count - 1;
    var stored =
        new LeafArrays.Stored(first, last, bytes.capacity(), LeafArrays.object(first, last));
    plant.objects.put(stored.object(), bytes.flip());
    plant.database.write(
        connection -> {
          LeafArrays.add(connection, stored);
          return 0;
        });
  }

  private Path file(String object) {
    return folder.resolve("objects").resolve(object);
  }

  private void flip(String object, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file(object));
    bytes[at] ^= 1;
    Files.write(file(object), bytes);
  }

  private List<Finding> findings(StoreCheck check) {
    return findings(check, StoreCheck.BEGINNING);
  }

  private List<Finding> findings(StoreCheck check, String from) {
    var found = new ArrayList<Finding>();
    String position = from;
    for (boolean last = false; !last; ) {
      asked = 0;
      StoreCheck.Step step = check.next(position);
      assertThat(asked).as("batches in one step").isLessThanOrEqualTo(LeafCheck.BATCHES_A_STEP);
      found.addAll(step.findings());
      position = step.position();
      last = step.last();
    }
    return found;
  }

  @Test
  void an_object_of_very_many_batches_is_read_in_steps_and_its_last_batch_too() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, BATCHES);
      store(plant, BATCHES, 10);
      StoreCheck check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      assertThat(findings(check)).isEmpty();
      String object = LeafArrays.object(0, BATCHES - 1);
      flip(object, BATCHES * (Integer.BYTES + Hash.SIZE) - 1);
      assertThat(findings(check))
          .singleElement()
          .matches(finding -> finding.text().contains("leaves of batch 9999"));
      // What an earlier process gave is gone on from.
      String position = check.next(StoreCheck.BEGINNING).position();
      StoreCheck other = new LeafArrays(plant.database, plant.objects).check(new Roots());
      assertThat(other.next(position).findings()).isEmpty();
      assertThat(asked).isEqualTo(2L * LeafCheck.BATCHES_A_STEP);
    }
  }

  @Test
  void a_step_ends_in_the_middle_of_an_object_and_goes_on_there() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      StoreCheck check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      StoreCheck.Step step = check.next(StoreCheck.BEGINNING, () -> asked < 3);
      assertThat(asked).isEqualTo(3);
      flip(LeafArrays.object(0, 9), 3 * (Integer.BYTES + Hash.SIZE) + 10);
      StoreCheck other = new LeafArrays(plant.database, plant.objects).check(new Roots());
      assertThat(other.next(step.position()).findings())
          .singleElement()
          .matches(finding -> finding.text().contains("leaves of batch 3"));
    }
  }

  @Test
  void a_second_look_reads_the_disk_again() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      StoreCheck check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      flip(LeafArrays.object(0, 9), 40);
      assertThat(check.next(StoreCheck.BEGINNING).findings()).hasSize(1);
      flip(LeafArrays.object(0, 9), 40);
      assertThat(check.next(StoreCheck.BEGINNING).findings()).isEmpty();
    }
  }

  @Test
  void an_object_that_the_disk_does_not_give_hides_none_behind_it() throws Exception {
    try (var plant = new Plant(folder)) {
      store(plant, 0, 10);
      store(plant, 10, 10);
      Files.delete(file(LeafArrays.object(0, 9)));
      // Opens as a file does, and fails when it is read.
      Files.createDirectory(file(LeafArrays.object(0, 9)));
      flip(LeafArrays.object(10, 19), 40);
      assertThat(findings(new LeafArrays(plant.database, plant.objects).check(new Roots())))
          .extracting(Finding::text)
          .satisfiesExactly(
              text -> assertThat(text).contains("leaves/0-9 cannot be read: the disk"),
              text -> assertThat(text).contains("leaves/10-19 has not the leaves of batch 11"));
    }
  }

  @Test
  void arrays_of_version_1_are_held_against_what_the_ledger_says_of_them() throws Exception {
    try (var plant = new Plant(folder)) {
      int last = RecordLog.PARTITIONS - 1;
      for (int i = 0; i < 4; i++) {
        String object = "leaves/old-" + i;
        plant.objects.put(object, leaf(i).value().asBuffer());
        var array = new LeafArrays.OldArray(object, 1, MerkleTree.rootOf(List.of(leaf(i))));
        old.put(i * last / 3, List.of(new LeafArrays.OldBatch(100 + i, Optional.of(array))));
      }
      var check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      assertThat(findings(check)).isEmpty();
      flip("leaves/old-3", 5);
      Files.delete(file("leaves/old-2"));
      Files.delete(file("leaves/old-0"));
      Files.createDirectory(file("leaves/old-0"));
      assertThat(findings(check))
          .extracting(Finding::text)
          .satisfiesExactly(
              text -> assertThat(text).contains("leaves/old-0 cannot be read: the disk"),
              text -> assertThat(text).contains("leaves/old-2 is missing"),
              text -> assertThat(text).contains("leaves/old-3 has not the leaves"));
    }
  }

  @Test
  void a_step_over_arrays_of_version_1_ends_between_two_and_goes_on_there() throws Exception {
    try (var plant = new Plant(folder)) {
      var batches = new ArrayList<LeafArrays.OldBatch>();
      for (int i = 0; i < 4; i++) {
        var array = new LeafArrays.OldArray("leaves/gone-" + i, 1, leaf(i));
        batches.addFirst(new LeafArrays.OldBatch(100 + i, Optional.of(array)));
      }
      old.put(0, batches);
      StoreCheck check = new LeafArrays(plant.database, plant.objects).check(new Roots());
      String begin = check.next(StoreCheck.BEGINNING).position();
      var asks = new AtomicInteger();
      StoreCheck.Step step = check.next(begin, () -> asks.incrementAndGet() < 3);
      assertThat(asks.get()).isEqualTo(3);
      assertThat(step.findings()).hasSize(2);
      assertThat(step.last()).isFalse();
      assertThat(findings(check, step.position()))
          .extracting(Finding::text)
          .satisfiesExactly(
              text -> assertThat(text).contains("leaves/gone-1 is missing"),
              text -> assertThat(text).contains("leaves/gone-0 is missing"));
    }
  }
}
