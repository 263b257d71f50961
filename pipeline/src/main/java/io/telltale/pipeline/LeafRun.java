package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.ledger.MerkleTree;
import java.util.ArrayList;
import java.util.List;

/**
 * The leaves of consecutive entries of one partition. An entry that is not stored as a record has
 * the leaf of nothing in its place, so that a leaf's index follows from its offset.
 */
final class LeafRun {
  /** {@code SHA-256(0x00)}: the leaf hash of the empty entry. */
  static final Hash NOTHING = MerkleTree.leafHash(Bytes.EMPTY);

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

  /** Where it begins. */
  RecordSteps.Place place() {
    return new RecordSteps.Place(partition, first);
  }

  int partition() {
    return partition;
  }

  long first() {
    return first;
  }

  long last() {
    return first + leaves.size() - 1;
  }

  List<Hash> leaves() {
    return leaves;
  }
}
