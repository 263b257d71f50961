package io.telltale.proof;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.List;

/**
 * A Merkle tree over leaf hashes that are all in memory: what a batch of records is folded into.
 * Hashing and shape are those of RFC 9162 section 2.1. Immutable.
 */
public final class MerkleTree {
  /** The root of the tree without leaves: SHA-256 of nothing. */
  public static final Hash EMPTY_ROOT = Hash.sha256(new byte[0]);

  // levels.get(h).get(i) is the root of the complete subtree over leaves [i * 2^h, (i + 1) * 2^h).
  private final List<List<Hash>> levels = new ArrayList<>();
  private final TreeShape shape =
      new TreeShape((level, index) -> levels.get(level).get((int) index));

  private MerkleTree(List<Hash> leaves) {
    List<Hash> level = List.copyOf(leaves);
    levels.add(level);
    while (level.size() > 1) {
      var above = new ArrayList<Hash>(level.size() / 2);
      for (int i = 0; i + 1 < level.size(); i += 2) {
        above.add(nodeHash(level.get(i), level.get(i + 1)));
      }
      levels.add(above);
      level = above;
    }
  }

  /** The tree over {@code leaves}, which are leaf hashes already. */
  public static MerkleTree of(List<Hash> leaves) {
    return new MerkleTree(leaves);
  }

  /** RFC 9162 section 2.1.1: {@code HASH(0x00 || entry)}. */
  public static Hash leafHash(Bytes entry) {
    byte[] bytes = entry.borrow();
    byte[] input = new byte[1 + bytes.length];
    System.arraycopy(bytes, 0, input, 1, bytes.length);
    return Hash.sha256(input);
  }

  /** RFC 9162 section 2.1.1: {@code HASH(0x01 || left || right)}. */
  public static Hash nodeHash(Hash left, Hash right) {
    byte[] input = new byte[1 + 2 * Hash.SIZE];
    input[0] = 1;
    System.arraycopy(left.value().borrow(), 0, input, 1, Hash.SIZE);
    System.arraycopy(right.value().borrow(), 0, input, 1 + Hash.SIZE, Hash.SIZE);
    return Hash.sha256(input);
  }

  /** The root over {@code leaves}, which are leaf hashes already. */
  public static Hash rootOf(List<Hash> leaves) {
    return of(leaves).root();
  }

  public int size() {
    return levels.getFirst().size();
  }

  public Hash root() {
    return root(size());
  }

  /** The root that the tree had when it held its first {@code size} leaves. */
  public Hash root(int size) {
    return shape.root(size);
  }

  /** The inclusion path of leaf {@code index}, from the leaf's sibling up. */
  public List<Hash> path(int index) {
    return shape.inclusion(index, size());
  }

  /** The consistency path from the tree of the first {@code size} leaves to this one. */
  public List<Hash> consistencyFrom(int size) {
    return shape.consistency(size, size());
  }
}
