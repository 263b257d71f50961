package io.telltale.proof;

import io.telltale.crypto.Hmac;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.record.Leaf;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One hash for which records a proof is about: the RFC 9162 root over {@code partition || offset ||
 * leaf} of each, four, eight and 32 bytes, big-endian, in the order of the proof.
 */
public final class RecordSet {
  private RecordSet() {}

  public static Hash root(List<ProofFile.ProofRecord> records) {
    return MerkleTree.rootOf(records.stream().map(RecordSet::entry).toList());
  }

  private static Hash entry(ProofFile.ProofRecord record) {
    ByteBuffer entry = ByteBuffer.allocate(Integer.BYTES + Long.BYTES + Hash.SIZE);
    entry.putInt(record.partition()).putLong(record.offset());
    entry.put(leaf(record).value().borrow());
    return MerkleTree.leafHash(Bytes.adopt(entry.array()));
  }

  /** The record's leaf in its batch. */
  static Hash leaf(ProofFile.ProofRecord record) {
    Hash origin = new Hmac().tag(record.originSalt(), record.origin());
    return Leaf.of(origin, record.payloadCommitment());
  }
}
