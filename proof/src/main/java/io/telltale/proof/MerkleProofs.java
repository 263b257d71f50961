package io.telltale.proof;

import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.List;

/** Checks Merkle proofs by the numbered steps of RFC 9162, the dull ones included. */
public final class MerkleProofs {
  private MerkleProofs() {}

  /**
   * Whether {@code leaf} is the {@code index}-th leaf hash of the tree of {@code size} leaves whose
   * root is {@code root} (RFC 9162 section 2.1.3.2).
   */
  public static boolean includes(Hash leaf, long index, long size, List<Hash> path, Hash root) {
    // Step 1: an index outside the tree is in no tree.
    if (index < 0 || index >= size) {
      return false;
    }
    // Steps 2 and 3
    long fn = index;
    long sn = size - 1;
    Hash r = leaf;
    // Step 4
    for (Hash p : path) {
      // 4.a: a path longer than the tree is high
      if (sn == 0) {
        return false;
      }
      // 4.b
      if ((fn & 1) == 1 || fn == sn) {
        r = MerkleTree.nodeHash(p, r);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>= 1;
          sn >>= 1;
        }
      } else {
        r = MerkleTree.nodeHash(r, p);
      }
      // 4.c
      fn >>= 1;
      sn >>= 1;
    }
    // Step 5: the whole size was consumed, and the root is the one given.
    return sn == 0 && r.equals(root);
  }

  /**
   * Whether the tree of {@code second} leaves extends the tree of {@code first} leaves (RFC 9162
   * section 2.1.4.2, which is about 0 &lt; first &lt; second). A tree extends itself by an empty
   * path; nothing can be said about extending the tree without leaves, so that is refused.
   */
  public static boolean consistent(
      long first, Hash firstRoot, long second, Hash secondRoot, List<Hash> path) {
    if (first < 1 || first > second) {
      return false;
    }
    if (first == second) {
      return path.isEmpty() && firstRoot.equals(secondRoot);
    }
    // Step 1
    if (path.isEmpty()) {
      return false;
    }
    // Step 2
    var values = new ArrayList<Hash>(path.size() + 1);
    if (Long.bitCount(first) == 1) {
      values.add(firstRoot);
    }
    values.addAll(path);
    // Step 3
    long fn = first - 1;
    long sn = second - 1;
    // Step 4
    while ((fn & 1) == 1) {
      fn >>= 1;
      sn >>= 1;
    }
    // Step 5
    Hash fr = values.getFirst();
    Hash sr = values.getFirst();
    // Step 6
    for (Hash c : values.subList(1, values.size())) {
      // 6.a
      if (sn == 0) {
        return false;
      }
      // 6.b
      if ((fn & 1) == 1 || fn == sn) {
        fr = MerkleTree.nodeHash(c, fr);
        sr = MerkleTree.nodeHash(c, sr);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>= 1;
          sn >>= 1;
        }
      } else {
        sr = MerkleTree.nodeHash(sr, c);
      }
      // 6.c
      fn >>= 1;
      sn >>= 1;
    }
    // Step 7
    return fr.equals(firstRoot) && sr.equals(secondRoot) && sn == 0;
  }
}
