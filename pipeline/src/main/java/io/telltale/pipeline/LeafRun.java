package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.lake.Objects;
import io.telltale.ledger.MerkleTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The leaves of consecutive entries of one partition. An entry that is not stored as a record has
 * the leaf of nothing in its place, so that a leaf's index follows from its offset.
 */
final class LeafRun {
  /** {@code SHA-256(0x00)}: the leaf hash of the empty entry. */
  static final Hash NOTHING = MerkleTree.leafHash(Bytes.EMPTY);

  private static final long FOLDER_OFFSETS = 1_000_000;

  private final int partition;
  private final long first;
  private final List<Hash> leaves = new ArrayList<>();
  private int records;

  LeafRun(int partition, long first) {
    this.partition = partition;
    this.first = first;
  }

  void add(Hash leaf) {
    leaves.add(leaf);
    records++;
  }

  void skip() {
    leaves.add(NOTHING);
  }

  int records() {
    return records;
  }

  /** Where an array that begins at {@code first} goes: folders stay small enough to be listed. */
  private static String folder(int partition, long first) {
    return "leaves/p%d/%d".formatted(partition, first / FOLDER_OFFSETS);
  }

  /**
   * Deletes what commits that a crash undid have left. To be called before anything is taken from
   * {@code next} on: whatever begins there or later belongs to no committed batch.
   */
  static void sweep(Objects objects, int partition, long next) {
    var orphans = new ArrayList<String>();
    objects.list(
        folder(partition, next),
        name -> {
          long first = Long.parseLong(name, name.lastIndexOf('/') + 1, name.lastIndexOf('-'), 10);
          if (first >= next) {
            orphans.add(name);
          }
        });
    orphans.forEach(objects::delete);
  }

  StoredBatch batch() {
    long last = first + leaves.size() - 1;
    String object = folder(partition, first) + "/%d-%d".formatted(first, last);
    return new StoredBatch(partition, first, last, records, MerkleTree.rootOf(leaves), object);
  }

  ByteBuffer bytes() {
    ByteBuffer bytes = ByteBuffer.allocate(leaves.size() * Hash.SIZE);
    leaves.forEach(leaf -> bytes.put(leaf.value().borrow()));
    return bytes.flip();
  }
}
