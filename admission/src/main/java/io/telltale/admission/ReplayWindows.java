package io.telltale.admission;

import io.telltale.record.ReadingHash;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The replay windows of this door's devices, shared by the event loops. Filled by {@link #load}
 * from the log's unprocessed tail before the door opens. A device that comes from another door, or
 * that was silent while many others sent, meets an empty window: what it sends is admitted and
 * marked, and the pipeline, whose windows are the true ones, has the last word (ADR 0120).
 */
public final class ReplayWindows {
  /** What a full window takes where every other number was sent. */
  public static final int WINDOW_BYTES = 5_632;

  static final int KEPT_MAX = 65_536;

  private final ReadingHash readingHash;
  private final ConcurrentHashMap<Integer, Enrolled> windows = new ConcurrentHashMap<>();
  private final AtomicInteger addedSinceSweep = new AtomicInteger();
  private final int keptMax;

  private record Enrolled(int enrolment, ReplayWindow window) {}

  /** {@code readingHash} must be the one that the loaded hashes were made with. */
  public ReplayWindows(ReadingHash readingHash) {
    this(readingHash, KEPT_MAX);
  }

  /**
   * As {@link #ReplayWindows(ReadingHash)}.
   *
   * @param keptMax windows besides those of open sessions; at most {@value #KEPT_MAX} are kept
   */
  public ReplayWindows(ReadingHash readingHash, int keptMax) {
    this.readingHash = readingHash;
    this.keptMax = Math.min(keptMax, KEPT_MAX);
  }

  /**
   * Tells that {@code sequence} of a device's enrolment is used.
   *
   * @param hash of the reading under the same key
   * @param offset in the device's partition
   */
  public void load(int deviceNumber, int enrolment, long sequence, long hash, long offset) {
    of(deviceNumber, enrolment).load(sequence, hash, offset);
  }

  /** The hash that windows keep of a reading. */
  ReadingHash readingHash() {
    return readingHash;
  }

  /** The window of an enrolment; of one that another has followed, one that nobody else sees. */
  ReplayWindow of(int deviceNumber, int enrolment) {
    Enrolled known = windows.get(deviceNumber);
    if (known == null || known.enrolment() < enrolment) {
      known = windows.compute(deviceNumber, (number, old) -> next(old, enrolment));
      if (addedSinceSweep.incrementAndGet() >= keptMax / 4 && windows.size() > keptMax) {
        addedSinceSweep.set(0);
        // Second chance: who sent nothing since the last sweep goes.
        windows.values().removeIf(one -> one.window().isIdle());
      }
    }
    return known.enrolment() == enrolment ? known.window() : new ReplayWindow();
  }

  private static Enrolled next(@Nullable Enrolled old, int enrolment) {
    if (old != null && old.enrolment() >= enrolment) {
      return old;
    }
    return new Enrolled(enrolment, new ReplayWindow(old == null ? null : old.window()));
  }

  int kept() {
    return windows.size();
  }
}
