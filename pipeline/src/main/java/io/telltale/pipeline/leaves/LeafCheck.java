package io.telltale.pipeline.leaves;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import io.telltale.objects.ObjectStore;
import io.telltale.pipeline.LeafRoots;
import io.telltale.proof.MerkleTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Every leaf array against the root that the ledger has of its batch: some thousand batches of an
 * object a step, and then those of version 1, which the ledger alone names, some batches of one
 * partition a step.
 */
public final class LeafCheck implements StoreCheck {
  /** Each is a search in the ledger of some fifty microseconds. */
  public static final int BATCHES_A_STEP = 4_096;

  private static final String UNPROVABLE =
      "The records of these batches can be read, but not proven. " + Finding.FROM_A_COPY;
  // Finding a batch's root costs about as much as reading so many bytes.
  private static final long BATCH_BYTES = 1_024;
  private static final String OLD = "old ";

  private final LongFunction<Optional<StoredLeaves>> following;
  private final ObjectStore objects;
  private final LeafRoots roots;
  private @Nullable Read last;

  /** An object that some of was looked at, so that it is not read for each step. */
  private record Read(String object, Bytes bytes) {}

  /**
   * @param following the object that goes on behind a batch; it may begin before that, since
   *     neighbours are merged
   */
  public LeafCheck(
      LongFunction<Optional<StoredLeaves>> following, ObjectStore objects, LeafRoots roots) {
    this.following = following;
    this.objects = objects;
    this.roots = roots;
  }

  @Override
  public String name() {
    return "leaves";
  }

  @Override
  public Step next(String position, BooleanSupplier goesOn) {
    if (position.startsWith(OLD)) {
      String[] place = position.split(" ", -1);
      return old(Integer.parseInt(place[1]), Long.parseLong(place[2]), goesOn);
    }
    // Behind which batch; in an object's middle as well as between two.
    Step step = object(position.isEmpty() ? -1 : Long.parseLong(position), goesOn);
    if (!step.findings().isEmpty()) {
      // Who looks again wants to know what the disk says then.
      last = null;
    }
    return step;
  }

  private Step object(long after, BooleanSupplier goesOn) {
    Optional<StoredLeaves> next = following.apply(after);
    if (next.isEmpty()) {
      return new Step(old(0), false, 0, 0, List.of());
    }
    StoredLeaves stored = next.get();
    Optional<Bytes> object;
    try {
      object = read(stored.object());
    } catch (UnavailableException e) {
      return ended(
          stored, BATCH_BYTES, 0, Finding.unreadable("lake/objects/" + stored.object(), e));
    }
    if (object.isPresent()) {
      return check(stored, object.get(), Math.max(after + 1, stored.first()), goesOn);
    }
    // Else it was merged meanwhile, and is a part of another one now.
    return following.apply(after).equals(next)
        ? ended(stored, BATCH_BYTES, 0, found(stored, "is missing"))
        : object(after, goesOn);
  }

  private Optional<Bytes> read(String name) {
    Read read = last;
    if (read != null && read.object().equals(name)) {
      return Optional.of(read.bytes());
    }
    Optional<Bytes> object = objects.get(name);
    last = object.map(bytes -> new Read(name, bytes)).orElse(null);
    return object;
  }

  private static String old(int partition) {
    return OLD + partition + " " + Long.MAX_VALUE;
  }

  private Step old(int partition, long before, BooleanSupplier goesOn) {
    last = null;
    List<LeafRoots.OldBatch> batches = roots.old(partition, before);
    var findings = new ArrayList<Finding>();
    long bytes = 0;
    long unread = 0;
    String at = OLD + partition + " " + before;
    for (LeafRoots.OldBatch batch : batches) {
      if (!goesOn.getAsBoolean()) {
        return new Step(at, false, bytes, unread, findings);
      }
      unread += batch.array().isEmpty() ? 1 : 0;
      bytes += BATCH_BYTES + batch.array().map(array -> old(array, findings)).orElse(0L);
      at = OLD + partition + " " + batch.event();
    }
    String next = batches.isEmpty() ? old(partition + 1) : at;
    boolean end = batches.isEmpty() && partition + 1 == RecordLog.PARTITIONS;
    return new Step(next, end, bytes, unread, findings);
  }

  private long old(LeafRoots.OldArray array, List<Finding> findings) {
    Optional<Bytes> object;
    try {
      object = objects.get(array.object());
    } catch (UnavailableException e) {
      findings.add(Finding.unreadable("lake/objects/" + array.object(), e));
      return 0;
    }
    if (object.isEmpty()) {
      findings.add(found(array.object(), "is missing"));
      return 0;
    }
    Bytes bytes = object.get();
    boolean whole = bytes.size() == array.leaves() * Hash.SIZE;
    if (!whole || !root(bytes).equals(array.root())) {
      findings.add(found(array.object(), "has not the leaves that were stored"));
    }
    return bytes.size();
  }

  private static Hash root(Bytes hashes) {
    return MerkleTree.rootOf(hashes(hashes.asBuffer(), hashes.size() / Hash.SIZE));
  }

  private static Finding found(StoredLeaves stored, String what) {
    return found(stored.object(), what);
  }

  private static Finding found(String object, String what) {
    return new Finding("lake/objects/" + object, what, UNPROVABLE);
  }

  private static Step ended(StoredLeaves stored, long bytes, long unread, Finding... found) {
    return new Step(Long.toString(stored.last()), false, bytes, unread, List.of(found));
  }

  /** The batches of an object, {@code from} one of them on. */
  private Step check(StoredLeaves stored, Bytes object, long from, BooleanSupplier goesOn) {
    ByteBuffer in = object.asBuffer();
    long bytes = 0;
    long unread = 0;
    for (long batch = stored.first(); batch <= stored.last(); batch++) {
      if (batch - from == BATCHES_A_STEP || (batch >= from && !goesOn.getAsBoolean())) {
        return new Step(Long.toString(batch - 1), false, bytes, unread, List.of());
      }
      int count = in.remaining() < Integer.BYTES ? -1 : in.getInt();
      if (count < 1 || count > in.remaining() / Hash.SIZE) {
        return ended(stored, bytes, unread, found(stored, "ends before batch " + batch));
      }
      if (batch < from) {
        in.position(in.position() + count * Hash.SIZE);
        continue;
      }
      bytes += BATCH_BYTES + Integer.BYTES + (long) count * Hash.SIZE;
      Hash root = MerkleTree.rootOf(hashes(in, count));
      Optional<Hash> expected = roots.of(batch);
      // On its way to the ledger still; if it never comes, the outbox or the ledger is damaged.
      unread += expected.isEmpty() ? 1 : 0;
      if (!expected.orElse(root).equals(root)) {
        String what = "has not the leaves of batch %d that were stored".formatted(batch);
        return ended(stored, bytes, unread, found(stored, what));
      }
    }
    return in.hasRemaining()
        ? ended(stored, bytes, unread, found(stored, "goes on behind its last batch"))
        : ended(stored, bytes, unread);
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
