package io.telltale.record;

import java.util.Arrays;

/**
 * Which sequence numbers one enrolment of a device has used: ranges of them, and for the newest
 * {@value #HASHES_MAX}, by their arrival, a hash of the reading and where it lies. No step takes
 * longer for numbers that are far apart, and memory is bounded whatever a device sends. Not
 * thread-safe.
 */
public final class SequenceWindow {
  /** Every number is below 2^53: others than us read JSON numbers as doubles. */
  public static final long SEQUENCE_MAX = (1L << 53) - 1;

  public static final long JUMP_MARKED = 1L << 20;
  public static final long JUMP_MAX = 1L << 40;
  public static final int HASHES_MAX = 128;
  public static final int RANGES_MAX = 128;

  /** A gap of a crashed agent: where room is needed, the lowest ones of these count as used. */
  static final long GAP_MAX = 1_024;

  private static final int FIELDS = 3;

  // From and to of each range, ascending, never touching.
  private long[] bounds = new long[2];
  private int ranges;
  // A ring of sequence, hash, offset.
  private long[] entries = new long[FIELDS];
  private int oldest;
  private int size;

  /** What the window knows of a number. */
  public enum Standing {
    /** The window is empty. */
    FIRST,
    /** Above the highest. */
    AHEAD,
    /** So far above the highest that it is worth a mark. */
    JUMP,
    /** Further above the highest than any device gets. */
    TOO_FAR,
    /** Below the highest and unused. */
    LATE,
    /** Used by the same reading. */
    SAME,
    /** Used by another reading: a fork. */
    OTHER,
    /** Used, so long ago that nobody knows by which reading. */
    FORGOTTEN
  }

  /** Takes ranges, lowest first. */
  @FunctionalInterface
  public interface RangeSink {
    void range(long from, long to);
  }

  /** Takes the newest readings, oldest first. */
  @FunctionalInterface
  public interface EntrySink {
    void used(long sequence, long hash, long offset);
  }

  public Standing look(long sequence, long hash) {
    if (ranges == 0) {
      return Standing.FIRST;
    }
    long ahead = sequence - bounds[2 * ranges - 1];
    if (ahead > 0) {
      return ahead > JUMP_MAX
          ? Standing.TOO_FAR
          : ahead > JUMP_MARKED ? Standing.JUMP : Standing.AHEAD;
    }
    int entry = find(sequence);
    if (entry >= 0) {
      return entries[entry + 1] == hash ? Standing.SAME : Standing.OTHER;
    }
    int range = rangeAt(sequence);
    return range >= 0 && sequence <= bounds[2 * range + 1] ? Standing.FORGOTTEN : Standing.LATE;
  }

  /** Where the reading under a number of {@link Standing#SAME} lies. */
  public long offset(long sequence) {
    return entries[find(sequence) + 2];
  }

  /** The number is used, by this reading. */
  public void use(long sequence, long hash, long offset) {
    if (sequence < 0 || sequence > SEQUENCE_MAX) {
      throw new IllegalStateException("no sequence number: " + sequence);
    }
    add(sequence);
    if (size < HASHES_MAX && size * FIELDS == entries.length) {
      grow();
    }
    int place = (oldest + size * FIELDS) % entries.length;
    if (size == HASHES_MAX) {
      oldest = (oldest + FIELDS) % entries.length;
    } else {
      size++;
    }
    entries[place] = sequence;
    entries[place + 1] = hash;
    entries[place + 2] = offset;
  }

  /** The reading under a number that is used lies there; nothing when its hash is forgotten. */
  public void place(long sequence, long offset) {
    int entry = find(sequence);
    if (entry >= 0) {
      entries[entry + 2] = offset;
    }
  }

  /** The number was not used after all. */
  public void free(long sequence) {
    int entry = find(sequence);
    if (entry >= 0) {
      drop(entry);
    }
    int range = rangeAt(sequence);
    if (range < 0 || sequence > bounds[2 * range + 1]) {
      return;
    }
    long from = bounds[2 * range];
    long to = bounds[2 * range + 1];
    remove(range);
    if (sequence < to) {
      insert(range, sequence + 1, to);
    }
    if (from < sequence && ranges < RANGES_MAX) {
      insert(range, from, sequence - 1);
    } else if (from < sequence && range > 0) {
      remove(0);
      insert(range - 1, from, sequence - 1);
    }
  }

  /** All of them are used, nobody knows by what; must lie above every other. */
  public void addRange(long from, long to) {
    if (from < 0 || to > SEQUENCE_MAX || from > to || (ranges > 0 && from <= top() + 1)) {
      throw new IllegalStateException("no range above the others: %d to %d".formatted(from, to));
    }
    makeRoom();
    insert(ranges, from, to);
  }

  public void eachRange(RangeSink sink) {
    for (int range = 0; range < ranges; range++) {
      sink.range(bounds[2 * range], bounds[2 * range + 1]);
    }
  }

  public void eachEntry(EntrySink sink) {
    for (int i = 0; i < size; i++) {
      int entry = (oldest + i * FIELDS) % entries.length;
      sink.used(entries[entry], entries[entry + 1], entries[entry + 2]);
    }
  }

  private long top() {
    return bounds[2 * ranges - 1];
  }

  /** The last range that begins at or below {@code sequence}; -1 when there is none. */
  private int rangeAt(long sequence) {
    int range = ranges - 1;
    while (range >= 0 && bounds[2 * range] > sequence) {
      range--;
    }
    return range;
  }

  // The newest first: a device repeats what it sent last.
  private int find(long sequence) {
    for (int i = size - 1; i >= 0; i--) {
      int entry = (oldest + i * FIELDS) % entries.length;
      if (entries[entry] == sequence) {
        return entry;
      }
    }
    return -1;
  }

  private void add(long sequence) {
    int below = rangeAt(sequence);
    if (below >= 0 && sequence <= bounds[2 * below + 1]) {
      return;
    }
    boolean joinsLower = below >= 0 && bounds[2 * below + 1] + 1 == sequence;
    boolean joinsUpper = below + 1 < ranges && bounds[2 * below + 2] - 1 == sequence;
    if (joinsLower && joinsUpper) {
      bounds[2 * below + 1] = bounds[2 * below + 3];
      remove(below + 1);
    } else if (joinsLower) {
      bounds[2 * below + 1] = sequence;
    } else if (joinsUpper) {
      bounds[2 * below + 2] = sequence;
    } else if (ranges < RANGES_MAX) {
      insert(below + 1, sequence, sequence);
    } else if (below >= 0) {
      makeRoom();
      add(sequence);
    }
    // Below all ranges of a full window: its hash alone is kept.
  }

  /**
   * Gives the lowest range up. Where the gap above it is what a crashed agent leaves, the gap
   * counts as used instead; a larger one never does, or one message could use up what lies below
   * it.
   */
  private void makeRoom() {
    if (ranges < RANGES_MAX) {
      return;
    }
    if (bounds[2] - bounds[1] <= GAP_MAX) {
      bounds[2] = bounds[0];
    }
    remove(0);
  }

  private void insert(int range, long from, long to) {
    if (2 * ranges == bounds.length) {
      bounds = Arrays.copyOf(bounds, Math.min(2 * bounds.length, 2 * RANGES_MAX));
    }
    System.arraycopy(bounds, 2 * range, bounds, 2 * range + 2, 2 * (ranges - range));
    bounds[2 * range] = from;
    bounds[2 * range + 1] = to;
    ranges++;
  }

  private void remove(int range) {
    ranges--;
    System.arraycopy(bounds, 2 * range + 2, bounds, 2 * range, 2 * (ranges - range));
  }

  private void grow() {
    long[] larger = new long[Math.min(2 * entries.length, HASHES_MAX * FIELDS)];
    int first = entries.length - oldest;
    System.arraycopy(entries, oldest, larger, 0, first);
    System.arraycopy(entries, 0, larger, first, oldest);
    entries = larger;
    oldest = 0;
  }

  // Those that came after it move down by one.
  private void drop(int entry) {
    int at = entry;
    int last = (oldest + (size - 1) * FIELDS) % entries.length;
    while (at != last) {
      int next = (at + FIELDS) % entries.length;
      System.arraycopy(entries, next, entries, at, FIELDS);
      at = next;
    }
    size--;
  }
}
