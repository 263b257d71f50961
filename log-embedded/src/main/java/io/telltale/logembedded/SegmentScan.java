package io.telltale.logembedded;

import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Reads a whole segment and says how far it holds. */
final class SegmentScan {
  private static final int ASK_EVERY_BYTES = 1 << 16;

  private final Window window;
  private final long number;
  private final int size;
  private final BooleanSupplier goesOn;
  private final long[] next;
  private final Positions positions = new Positions();

  /** What a segment holds. */
  sealed interface Outcome {
    /**
     * Every group is whole; the last one starts at {@code lastGroup} (= end when there is none).
     */
    record Whole(Positions positions, int lastGroup, int end) implements Outcome {}

    /** All groups up to {@code end} are whole, and behind it is what one unfinished write left. */
    record Torn(Positions positions, int lastGroup, int end) implements Outcome {}

    /** At {@code position} lies something bad with durable records behind it. */
    record Corrupt(int position) implements Outcome {}
  }

  private SegmentScan(
      SegmentFile file, long number, int size, long[] firstOffsets, BooleanSupplier goesOn) {
    this.goesOn = goesOn;
    this.window = new Window(file, size);
    this.number = number;
    this.size = size;
    this.next = firstOffsets.clone();
  }

  /**
   * @param size of the file
   * @param firstOffsets as its header has them
   */
  static Outcome of(SegmentFile file, long number, int size, long[] firstOffsets)
      throws IOException {
    return of(file, number, size, firstOffsets, () -> true);
  }

  /** As {@link #of}; throws {@link UnavailableException} once {@code goesOn} says no. */
  static Outcome of(
      SegmentFile file, long number, int size, long[] firstOffsets, BooleanSupplier goesOn)
      throws IOException {
    return new SegmentScan(file, number, size, firstOffsets, goesOn).run();
  }

  private void requireGoesOn() {
    if (!goesOn.getAsBoolean()) {
      throw new UnavailableException("the look through segment " + number + " was ended");
    }
  }

  private Outcome run() throws IOException {
    int position = SegmentFormat.HEADER_BYTES;
    int lastGroup = position;
    while (position < size) {
      requireGoesOn();
      int end = group(position);
      if (end < 0) {
        return groupFollows(position)
            ? new Outcome.Corrupt(position)
            : new Outcome.Torn(positions, lastGroup, position);
      }
      lastGroup = position;
      position = end;
    }
    return new Outcome.Whole(positions, lastGroup, position);
  }

  /** Takes in the group at {@code start}; its end, or -1 and nothing taken when it is not whole. */
  private int group(int start) throws IOException {
    Optional<SegmentFormat.Group> group =
        SegmentFormat.parseGroup(window.at(start, SegmentFormat.GROUP_BYTES), number, start);
    long end =
        group.map(g -> (long) start + SegmentFormat.GROUP_BYTES + g.frameBytes()).orElse(-1L);
    if (group.isEmpty() || end > size) {
      return -1;
    }
    int frames = group.get().frames();
    int[] partitions = new int[frames];
    int[] found = new int[frames];
    long[] expected = next.clone();
    int position = start + SegmentFormat.GROUP_BYTES;
    for (int i = 0; i < frames; i++) {
      Optional<SegmentFormat.Frame> frame = frame(position, (int) end);
      if (frame.isEmpty() || frame.get().offset() != expected[frame.get().partition()]++) {
        return -1;
      }
      partitions[i] = frame.get().partition();
      found[i] = position;
      position += SegmentFormat.FRAME_BYTES + frame.get().bodyBytes();
    }
    if (position != end) {
      return -1;
    }
    System.arraycopy(expected, 0, next, 0, next.length);
    for (int i = 0; i < frames; i++) {
      positions.add(partitions[i], found[i]);
    }
    return position;
  }

  private Optional<SegmentFormat.Frame> frame(int position, int end) throws IOException {
    ByteBuffer head = window.at(position, Math.min(SegmentFormat.FRAME_BYTES, end - position));
    Optional<SegmentFormat.Frame> frame = SegmentFormat.parseFrame(head);
    if (frame.isEmpty()) {
      return frame;
    }
    int frameBytes = SegmentFormat.FRAME_BYTES + frame.get().bodyBytes();
    ByteBuffer whole = window.at(position, Math.min(frameBytes, end - position));
    return frame.filter(f -> SegmentFormat.intact(whole, f, number));
  }

  // A group's head is written only when everything before it is durable. One behind a bad position
  // therefore means that durable records were damaged; none means that the write was cut short.
  private boolean groupFollows(int bad) throws IOException {
    byte[] magic = ByteBuffer.allocate(4).putInt(SegmentFormat.GROUP_MAGIC).array();
    for (int position = bad + 1; position <= size - SegmentFormat.GROUP_BYTES; position++) {
      if (position % ASK_EVERY_BYTES == 0) {
        requireGoesOn();
      }
      ByteBuffer bytes = window.at(position, SegmentFormat.GROUP_BYTES);
      if (bytes.get(bytes.position()) == magic[0]
          && SegmentFormat.parseGroup(bytes, number, position).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** The offsets behind the last record that the scan took in. */
  static long[] after(long[] firstOffsets, Positions positions) {
    long[] next = Arrays.copyOf(firstOffsets, firstOffsets.length);
    for (int partition = 0; partition < next.length; partition++) {
      next[partition] += positions.count(partition);
    }
    return next;
  }
}
