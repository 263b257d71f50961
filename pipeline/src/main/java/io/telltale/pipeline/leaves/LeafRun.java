package io.telltale.pipeline.leaves;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.pipeline.Place;
import io.telltale.proof.MerkleTree;
import java.util.ArrayList;
import java.util.List;

/**
 * The leaves of consecutive entries of one partition. An entry that is not stored as a record has
 * the leaf of nothing in its place, so that a leaf's index follows from its offset.
 */
public final class LeafRun {
  /** {@code SHA-256(0x00)}: the leaf hash of the empty entry. */
  public static final Hash NOTHING = MerkleTree.leafHash(Bytes.EMPTY);

  private final int partition;
  private final long first;
  private final List<Hash> leaves = new ArrayList<>();
  private int records;

  public LeafRun(int partition, long first) {
    this.partition = partition;
    this.first = first;
  }

  public void add(Hash leaf) {
    leaves.add(leaf);
    records++;
  }

  public void skip() {
    leaves.add(NOTHING);
  }

  int records() {
    return records;
  }

  /** Where it begins. */
  public Place place() {
    return new Place(partition, first);
  }

  int partition() {
    return partition;
  }

  long first() {
    return first;
  }

  public long last() {
    return first + leaves.size() - 1;
  }

  List<Hash> leaves() {
    return leaves;
  }
}
