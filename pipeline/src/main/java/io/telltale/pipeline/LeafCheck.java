package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.lake.Objects;
import io.telltale.ledger.MerkleTree;
import io.telltale.log.RecordLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every leaf array against the root that the ledger has of its batch: an object a step, and then
 * those of version 1, which the ledger alone names, some batches of one partition a step.
 */
final class LeafCheck implements StoreCheck {
  private static final String UNPROVABLE =
      "The records of these batches can be read, but not proven. " + Finding.FROM_A_COPY;
  // Finding a batch's root costs about as much as reading so many bytes.
  private static final long BATCH_BYTES = 1_024;
  private static final String OLD = "old ";

  private final LeafArrays leaves;
  private final Objects objects;
  private final LeafArrays.Roots roots;

  LeafCheck(LeafArrays leaves, Objects objects, LeafArrays.Roots roots) {
    this.leaves = leaves;
    this.objects = objects;
    this.roots = roots;
  }

  @Override
  public String name() {
    return "leaves";
  }

  @Override
  public Step next(String position) {
    if (position.startsWith(OLD)) {
      String[] place = position.split(" ", -1);
      return old(Integer.parseInt(place[1]), Long.parseLong(place[2]));
    }
    long after = position.isEmpty() ? -1 : Long.parseLong(position);
    Optional<LeafArrays.Stored> next = leaves.following(after);
    if (next.isEmpty()) {
      return new Step(old(0), false, 0, 0, List.of());
    }
    LeafArrays.Stored stored = next.get();
    Optional<Bytes> object = objects.get(stored.object());
    if (object.isEmpty() && leaves.following(after).equals(next)) {
      return ended(stored, 0, List.of(found(stored, "is missing")));
    }
    // Else it was merged meanwhile, and comes again as a part of what it is in now.
    return object.isEmpty() ? next(position) : check(stored, object.get());
  }

  private static String old(int partition) {
    return OLD + partition + " " + Long.MAX_VALUE;
  }

  private Step old(int partition, long before) {
    List<LeafArrays.OldBatch> batches = roots.old(partition, before);
    var findings = new ArrayList<Finding>();
    long bytes = batches.size() * BATCH_BYTES;
    long unread = 0;
    for (LeafArrays.OldBatch batch : batches) {
      unread += batch.array().isEmpty() ? 1 : 0;
      bytes += batch.array().map(array -> old(array, findings)).orElse(0L);
    }
    String next = batches.isEmpty() ? old(partition + 1) : from(partition, batches.getLast());
    boolean last = batches.isEmpty() && partition + 1 == RecordLog.PARTITIONS;
    return new Step(next, last, bytes, unread, findings);
  }

  private static String from(int partition, LeafArrays.OldBatch batch) {
    return OLD + partition + " " + batch.event();
  }

  private long old(LeafArrays.OldArray array, List<Finding> findings) {
    Optional<Bytes> object = objects.get(array.object());
    if (object.isEmpty()) {
      findings.add(found(array.object(), "is missing"));
      return 0;
    }
    Bytes bytes = object.get();
    boolean whole = bytes.size() > 0 && bytes.size() == array.leaves() * Hash.SIZE;
    if (!whole || !root(bytes).equals(array.root())) {
      findings.add(found(array.object(), "has not the leaves that were stored"));
    }
    return bytes.size();
  }

  private static Hash root(Bytes hashes) {
    return MerkleTree.rootOf(hashes(hashes.asBuffer(), hashes.size() / Hash.SIZE));
  }

  private static Step ended(LeafArrays.Stored stored, long unread, List<Finding> findings) {
    long batches = stored.last() - stored.first() + 1;
    long bytes = stored.bytes() + batches * BATCH_BYTES;
    return new Step(Long.toString(stored.last()), false, bytes, unread, findings);
  }

  private static Finding found(LeafArrays.Stored stored, String what) {
    return found(stored.object(), what);
  }

  private static Finding found(String object, String what) {
    return new Finding("lake/objects/" + object, what, UNPROVABLE);
  }

  private Step check(LeafArrays.Stored stored, Bytes object) {
    ByteBuffer in = object.asBuffer();
    long unread = 0;
    for (long batch = stored.first(); batch <= stored.last(); batch++) {
      int count = in.remaining() < Integer.BYTES ? -1 : in.getInt();
      if (count < 1 || count > in.remaining() / Hash.SIZE) {
        return ended(stored, unread, List.of(found(stored, "ends before batch " + batch)));
      }
      Hash root = MerkleTree.rootOf(hashes(in, count));
      Optional<Hash> expected = roots.of(batch);
      // On its way to the ledger still; if it never comes, the outbox or the ledger is damaged.
      unread += expected.isEmpty() ? 1 : 0;
      if (!expected.orElse(root).equals(root)) {
        String what = "has not the leaves of batch %d that were stored".formatted(batch);
        return ended(stored, unread, List.of(found(stored, what)));
      }
    }
    return ended(
        stored,
        unread,
        in.hasRemaining() ? List.of(found(stored, "goes on behind its last batch")) : List.of());
  }

  private static List<Hash> hashes(ByteBuffer in, int count) {
    var hashes = new ArrayList<Hash>(count);
    for (int i = 0; i < count; i++) {
      byte[] hash = new byte[Hash.SIZE];
      in.get(hash);
      hashes.add(new Hash(Bytes.adopt(hash)));
    }
    return hashes;
  }
}
