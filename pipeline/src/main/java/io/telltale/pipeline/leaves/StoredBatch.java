package io.telltale.pipeline.leaves;

import io.telltale.kernel.Hash;
import io.telltale.proof.MerkleTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * One commit's entries, whose Merkle root is in the ledger: {@code docs/format/lake-batches.md}.
 *
 * @param offsets which entries, in the order of the leaves
 * @param records how many of the leaves are stored records
 * @param late whether its entries are in older batches, too, as nothing
 */
public record StoredBatch(
    long number, String offsets, long records, List<Hash> leaves, Hash root, boolean late) {
  public static final String EVENT = "batch.stored";

  /** Empty when no run has a stored record; a run without one is left out. */
  public static Optional<StoredBatch> of(long number, List<LeafRun> runs, boolean late) {
    var offsets = new StringJoiner(";");
    var leaves = new ArrayList<Hash>();
    long records = 0;
    for (LeafRun run : runs) {
      if (run.records() > 0) {
        offsets.add("%d:%d-%d".formatted(run.partition(), run.first(), run.last()));
        leaves.addAll(run.leaves());
        records += run.records();
      }
    }
    return records == 0
        ? Optional.empty()
        : Optional.of(
            new StoredBatch(
                number, offsets.toString(), records, leaves, MerkleTree.rootOf(leaves), late));
  }

  public String subject() {
    return "batch/" + number;
  }

  /** What the event says of it. */
  public Map<String, String> details() {
    var details = new TreeMap<String, String>();
    details.put("offsets", offsets);
    details.put("count", Long.toString(records));
    details.put("root", root.hex());
    details.put("leaves", StoredLeaves.name(number));
    if (late) {
      details.put("late", "true");
    }
    return details;
  }

  /** As it stands in an object. */
  public ByteBuffer bytes() {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + leaves.size() * Hash.SIZE);
    bytes.putInt(leaves.size());
    leaves.forEach(leaf -> bytes.put(leaf.value().borrow()));
    return bytes.flip();
  }
}
