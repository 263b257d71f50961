package io.telltale.proof;

import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.List;

/**
 * Which nodes make up a root or a proof (RFC 9162 sections 2.1.1, 2.1.3.1 and 2.1.4.1), wherever
 * the nodes are kept. Every range below starts at a multiple of the largest power of two within it,
 * so that only complete subtrees are ever asked for.
 */
public final class TreeShape {
  /** Roots of complete subtrees: {@code index}-th one over 2^level leaves. */
  @FunctionalInterface
  public interface Nodes {
    Hash node(int level, long index);
  }

  private final Nodes nodes;

  public TreeShape(Nodes nodes) {
    this.nodes = nodes;
  }

  public Hash root(long size) {
    return size == 0 ? MerkleTree.EMPTY_ROOT : hashOf(0, size);
  }

  public List<Hash> inclusion(long index, long size) {
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException("leaf %d of a tree of %d".formatted(index, size));
    }
    var path = new ArrayList<Hash>();
    addPath(index, 0, size, path);
    return path;
  }

  public List<Hash> consistency(long first, long second) {
    if (first < 1 || first > second) {
      throw new IllegalArgumentException("from size %d to size %d".formatted(first, second));
    }
    var path = new ArrayList<Hash>();
    if (first < second) {
      addSubProof(first, 0, second, true, path);
    }
    return path;
  }

  // MTH(D[from:to])
  private Hash hashOf(long from, long to) {
    long count = to - from;
    if (Long.bitCount(count) == 1) {
      int level = Long.numberOfTrailingZeros(count);
      return nodes.node(level, from >> level);
    }
    long split = from + split(count);
    return MerkleTree.nodeHash(hashOf(from, split), hashOf(split, to));
  }

  // PATH(m, D[from:to])
  private void addPath(long index, long from, long to, List<Hash> path) {
    if (to - from == 1) {
      return;
    }
    long split = from + split(to - from);
    if (index < split) {
      addPath(index, from, split, path);
      path.add(hashOf(split, to));
    } else {
      addPath(index, split, to, path);
      path.add(hashOf(from, split));
    }
  }

  // SUBPROOF(m, D[from:to], b); m counts from the start of the whole tree here.
  private void addSubProof(long size, long from, long to, boolean complete, List<Hash> path) {
    if (size == to) {
      if (!complete) {
        path.add(hashOf(from, to));
      }
      return;
    }
    long split = from + split(to - from);
    if (size <= split) {
      addSubProof(size, from, split, complete, path);
      path.add(hashOf(split, to));
    } else {
      addSubProof(size, split, to, false, path);
      path.add(hashOf(from, split));
    }
  }

  /** The largest power of two smaller than {@code count}. */
  private static long split(long count) {
    return Long.highestOneBit(count - 1);
  }
}
