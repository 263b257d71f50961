package io.telltale.logembedded;

import io.telltale.log.RecordLog;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What is durable: the segments, oldest first, and each partition's end. Thread-safe. */
final class Segments {
  /** As many as partitions may be in, each at a position of its own. */
  private static final int LOADED_MAX = RecordLog.PARTITIONS;

  private static final int POSITIONS_MAX = 8_192;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition grown = lock.newCondition();
  private final List<Segment> segments;
  private final ArrayDeque<Segment> loaded = new ArrayDeque<>();
  private final AtomicLongArray ends;
  private boolean closed;

  Segments(List<Segment> segments) {
    this.segments = new ArrayList<>(segments);
    long begin = 0;
    for (Segment segment : segments) {
      segment.beginAt(begin);
      begin += segment.dataEnd();
    }
    this.ends = new AtomicLongArray(segments.getLast().ends());
  }

  /** Which records of a segment are asked for: so many, and of those that lie before a position. */
  record Span(int count, long positionMax) {
    /** The most that a look copies, since nobody else may look meanwhile. */
    static Span before(long positionMax) {
      return new Span(POSITIONS_MAX, positionMax);
    }

    static Span one() {
      return new Span(1, Long.MAX_VALUE);
    }

    private int[] of(Positions positions, Segment segment, int partition, int index) {
      int end = Math.clamp(positionMax - segment.begin(), 0, Integer.MAX_VALUE);
      return positions.from(partition, index, count, end);
    }
  }

  /** Where a run of records of one partition lies; no positions when they are to be loaded. */
  static final class Located {
    final Segment segment;
    final int dataEnd;
    private final int index;
    final int @Nullable [] positions;

    private final int partition;
    private final Span span;

    private Located(Segment segment, int partition, long offset, Span span) {
      this.segment = segment;
      this.partition = partition;
      this.span = span;
      this.dataEnd = segment.dataEnd();
      this.index = (int) (offset - segment.first(partition));
      Positions known = segment.positions();
      this.positions = known == null ? null : span.of(known, segment, partition, index);
    }

    /** Whether nothing that was asked for is there, as is known without loading. */
    boolean isEmpty() {
      return segment.begin() >= span.positionMax || (positions != null && positions.length == 0);
    }

    /** Of those that were loaded, the ones that were asked for. */
    int[] of(Positions loaded) {
      return span.of(loaded, segment, partition, index);
    }
  }

  long end(int partition) {
    return ends.get(partition);
  }

  long start(int partition) {
    lock.lock();
    try {
      return segments.getFirst().first(partition);
    } finally {
      lock.unlock();
    }
  }

  Segment active() {
    lock.lock();
    try {
      return segments.getLast();
    } finally {
      lock.unlock();
    }
  }

  /** The numbers of those that are written to no longer, oldest first. */
  List<Long> sealed() {
    lock.lock();
    try {
      return segments.stream().limit(segments.size() - 1L).map(segment -> segment.number).toList();
    } finally {
      lock.unlock();
    }
  }

  /** Where the records lie from {@code offset} on, which must not be behind the end. */
  Optional<Located> locate(int partition, long offset, Span span) {
    lock.lock();
    try {
      int low = 0;
      int high = segments.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (segments.get(middle).end(partition) > offset) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      if (low == segments.size() || segments.get(low).first(partition) > offset) {
        return Optional.empty();
      }
      return Optional.of(new Located(segments.get(low), partition, offset, span));
    } finally {
      lock.unlock();
    }
  }

  /** The position behind all that is durable. */
  long endPosition() {
    lock.lock();
    try {
      return segments.getLast().begin() + segments.getLast().dataEnd();
    } finally {
      lock.unlock();
    }
  }

  /** Shows a durable group to readers. */
  void grow(int[] partitions, int[] positions, int newEnd) {
    lock.lock();
    try {
      Segment active = segments.getLast();
      active.grow(partitions, positions, newEnd);
      for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
        ends.set(partition, active.end(partition));
      }
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Makes {@code next} the active segment; the one before is sealed. */
  void roll(Segment next) {
    lock.lock();
    try {
      Segment sealed = segments.getLast();
      next.beginAt(sealed.begin() + sealed.dataEnd());
      keepLoaded(sealed);
      segments.add(next);
    } finally {
      lock.unlock();
    }
  }

  /** Remembers a sealed segment's positions, and forgets those that were loaded longest ago. */
  void loaded(Segment segment, Positions positions) {
    lock.lock();
    try {
      segment.load(positions);
      keepLoaded(segment);
    } finally {
      lock.unlock();
    }
  }

  private void keepLoaded(Segment segment) {
    loaded.remove(segment);
    loaded.addLast(segment);
    if (loaded.size() > LOADED_MAX) {
      loaded.removeFirst().unload();
    }
  }

  /** Takes out the oldest segment when it is sealed and all its records lie below the offsets. */
  Optional<Segment> dropOldest(long[] offsets) {
    lock.lock();
    try {
      if (segments.size() < 2 || !segments.getFirst().isBelow(offsets)) {
        return Optional.empty();
      }
      Segment dropped = segments.removeFirst();
      loaded.remove(dropped);
      return Optional.of(dropped);
    } finally {
      lock.unlock();
    }
  }

  /** Puts back a segment whose file could not be deleted. */
  void restoreOldest(Segment segment) {
    lock.lock();
    try {
      segments.addFirst(segment);
    } finally {
      lock.unlock();
    }
  }

  boolean await(int partition, long offset, Duration wait) throws InterruptedException {
    long nanos = wait.toNanos();
    lock.lockInterruptibly();
    try {
      while (ends.get(partition) <= offset) {
        if (closed || nanos <= 0) {
          return false;
        }
        nanos = grown.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Wakes everyone who waits. */
  void close() {
    lock.lock();
    try {
      closed = true;
      grown.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
