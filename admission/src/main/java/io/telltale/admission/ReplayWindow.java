package io.telltale.admission;

import io.telltale.record.SequenceMark;
import io.telltale.record.SequenceWindow;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What one door knows of the sequence numbers of one enrolment of a device: what is stored, and
 * what is on its way to the log. Thread-safe, since a device may reconnect to another event loop.
 */
final class ReplayWindow {
  private static final long IN_FLIGHT = -1;

  private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>(2);
  private final SequenceWindow used = new SequenceWindow();
  private @Nullable ReplayWindow before;
  private boolean touched = true;

  /** What the window knows of a reading under a sequence number. */
  sealed interface Seen {
    /** The number is free. */
    record Fresh(SequenceMark mark) implements Seen {}

    /** This reading is on its way to the log. */
    record Pending(InFlight original) implements Seen {}

    /** This reading is durable. */
    record Stored(long offset) implements Seen {}

    /** The number is used, so long ago that nobody knows by what. */
    record Forgotten() implements Seen {}

    /** The number is used by another reading. */
    record OtherPayload() implements Seen {}

    /** The number is further above the last one than any device gets. */
    record TooFar() implements Seen {}
  }

  private static final Seen FRESH = new Seen.Fresh(SequenceMark.NONE);
  private static final Seen FIRST = new Seen.Fresh(SequenceMark.FIRST);
  private static final Seen JUMP = new Seen.Fresh(SequenceMark.JUMP);
  private static final Seen LATE = new Seen.Fresh(SequenceMark.LATE);
  private static final Seen FORGOTTEN = new Seen.Forgotten();
  private static final Seen OTHER_PAYLOAD = new Seen.OtherPayload();
  private static final Seen TOO_FAR = new Seen.TooFar();

  ReplayWindow() {
    this(null);
  }

  /**
   * @param before the window of the enrolment before, whose readings may come again; it gives up
   *     what it knows of those before that
   */
  ReplayWindow(@Nullable ReplayWindow before) {
    this.before = before;
    if (before != null) {
      before.forgetBefore();
    }
  }

  private synchronized void forgetBefore() {
    before = null;
  }

  synchronized Seen look(long sequence, long hash) {
    Seen own =
        switch (used.look(sequence, hash)) {
          case FIRST -> FIRST;
          case AHEAD -> FRESH;
          case JUMP -> JUMP;
          case LATE -> LATE;
          case TOO_FAR -> TOO_FAR;
          case OTHER -> OTHER_PAYLOAD;
          case FORGOTTEN -> FORGOTTEN;
          case SAME -> known(sequence);
        };
    if (before != null && own instanceof Seen.Fresh) {
      Seen earlier = before.look(sequence, hash);
      return earlier instanceof Seen.Pending || earlier instanceof Seen.Stored ? earlier : own;
    }
    return own;
  }

  private Seen known(long sequence) {
    long offset = used.offset(sequence);
    if (offset != IN_FLIGHT) {
      return new Seen.Stored(offset);
    }
    for (InFlight one : inFlight) {
      if (one.sequence() == sequence) {
        return new Seen.Pending(one);
      }
    }
    return FORGOTTEN;
  }

  /** Marks the number as used by a record on its way to the log, if it is fresh. */
  synchronized Seen claim(long sequence, long hash, InFlight record) {
    touched = true;
    Seen seen = look(sequence, hash);
    if (seen instanceof Seen.Fresh) {
      used.use(sequence, hash, IN_FLIGHT);
      inFlight.add(record);
    }
    return seen;
  }

  /** The claimed record is durable. */
  synchronized void commit(InFlight record, long offset) {
    inFlight.remove(record);
    used.place(record.sequence(), offset);
  }

  /** The claimed record is not known to be durable: its number may be used again. */
  synchronized void rollback(InFlight record) {
    inFlight.remove(record);
    used.free(record.sequence());
  }

  /** A number found in the log at start; any order. */
  synchronized void load(long sequence, long hash, long offset) {
    if (used.look(sequence, hash) != SequenceWindow.Standing.SAME) {
      used.use(sequence, hash, offset);
    }
  }

  /** Whether nothing was claimed since the last time this was asked, and nothing is under way. */
  synchronized boolean isIdle() {
    boolean idle = !touched && inFlight.isEmpty();
    touched = false;
    return idle;
  }
}
