package io.telltale.ledger;

import io.telltale.kernel.Hash;
import io.telltale.proof.MerkleTree;
import java.util.ArrayList;
import java.util.List;

/**
 * The right edge of a growing tree, cut into tiles of 256 hashes (C2SP tlog-tiles): all that is
 * needed to append, to know the root, and to write the tiles that changed. One thread at a time.
 */
final class TreeEdge {
  static final int TILE_WIDTH = 256;
  static final int TILE_HEIGHT = 8;

  /** A run of hashes at {@code level * 8} above the leaves; complete when it has 256 of them. */
  record Tile(int level, long index, List<Hash> hashes) {
    Tile {
      hashes = List.copyOf(hashes);
    }
  }

  // levels.get(L): the hashes of the rightmost tile at tile level L, 0 to 255 of them.
  private final List<List<Hash>> levels = new ArrayList<>();
  private long size;

  TreeEdge() {}

  /**
   * The edge of a tree of {@code size} leaves.
   *
   * @param begun the hashes of each level's rightmost tile as far as it is begun, lowest first
   */
  TreeEdge(long size, List<List<Hash>> begun) {
    this.size = size;
    begun.forEach(hashes -> levels.add(new ArrayList<>(hashes)));
  }

  long size() {
    return size;
  }

  /** Appends a leaf hash and returns the tiles that it completed, lowest first. */
  List<Tile> append(Hash leaf) {
    var completed = new ArrayList<Tile>();
    Hash carry = leaf;
    size++;
    for (int level = 0; ; level++) {
      if (level == levels.size()) {
        levels.add(new ArrayList<>());
      }
      List<Hash> edge = levels.get(level);
      edge.add(carry);
      if (edge.size() < TILE_WIDTH) {
        return completed;
      }
      long index = (size >> (TILE_HEIGHT * (level + 1))) - 1;
      completed.add(new Tile(level, index, edge));
      carry = MerkleTree.rootOf(edge);
      edge.clear();
    }
  }

  /** The tiles that are begun and not complete, lowest first. */
  List<Tile> partial() {
    var partial = new ArrayList<Tile>();
    for (int level = 0; level < levels.size(); level++) {
      if (!levels.get(level).isEmpty()) {
        long index = size >> (TILE_HEIGHT * (level + 1));
        partial.add(new Tile(level, index, levels.get(level)));
      }
    }
    return partial;
  }

  /**
   * The root now. Each level's edge is a run of complete subtrees, smaller ones to the right of
   * bigger ones; the root folds them from the right (RFC 9162 section 2.1.1).
   */
  Hash root() {
    var peaks = new ArrayList<Hash>();
    for (int level = levels.size() - 1; level >= 0; level--) {
      addPeaks(levels.get(level), peaks);
    }
    if (peaks.isEmpty()) {
      return MerkleTree.EMPTY_ROOT;
    }
    Hash root = peaks.getLast();
    for (int i = peaks.size() - 2; i >= 0; i--) {
      root = MerkleTree.nodeHash(peaks.get(i), root);
    }
    return root;
  }

  private static void addPeaks(List<Hash> edge, List<Hash> peaks) {
    int from = 0;
    while (from < edge.size()) {
      int width = Integer.highestOneBit(edge.size() - from);
      peaks.add(MerkleTree.rootOf(edge.subList(from, from + width)));
      from += width;
    }
  }
}
