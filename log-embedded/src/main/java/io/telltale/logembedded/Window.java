package io.telltale.logembedded;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A moving view of a file: few reads for many small looks. Not thread-safe. */
final class Window {
  private static final int BYTES = 256 * 1024;

  private final SegmentFile file;
  private final int end;
  private ByteBuffer held = ByteBuffer.allocate(0);
  private int heldFrom;

  /**
   * @param end nothing at or behind this position is shown
   */
  Window(SegmentFile file, int end) {
    this.file = file;
    this.end = end;
  }

  /** The bytes from {@code position} on: {@code wanted} of them, or fewer where the file ends. */
  ByteBuffer at(int position, int wanted) throws IOException {
    int count = Math.max(0, Math.min(wanted, end - position));
    if (position < heldFrom || position + count > heldFrom + held.limit()) {
      fill(position, count);
    }
    int from = position - heldFrom;
    return held.duplicate().limit(Math.min(held.limit(), from + count)).position(from);
  }

  private void fill(int position, int count) throws IOException {
    int size = Math.max(count, Math.min(BYTES, Math.max(0, end - position)));
    ByteBuffer into = held.capacity() < size ? ByteBuffer.allocate(size) : held;
    into.clear().limit(size);
    file.read(position, into);
    held = into.flip();
    heldFrom = position;
  }
}
