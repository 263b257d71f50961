package io.telltale.http;

import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A request's body while it comes, on the heap and no larger than its route takes. It grows with
 * what has come, never with what is announced. One thread's.
 */
public final class BodyBuffer {
  private static final int BYTES_FIRST = 4_096;
  private static final byte[] NOTHING = new byte[0];

  private final int bytesMax;
  private byte[] body = NOTHING;
  private int size;

  public BodyBuffer(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  public int bytesMax() {
    return bytesMax;
  }

  /** Takes all of {@code more}, or nothing of it where that were too much. */
  public boolean append(ByteBuffer more) {
    int length = more.remaining();
    if (length > bytesMax - size) {
      return false;
    }
    int needed = size + length;
    if (needed > body.length) {
      int doubled = Math.max(BYTES_FIRST, 2 * body.length);
      body = Arrays.copyOf(body, Math.min(bytesMax, Math.max(needed, doubled)));
    }
    more.get(body, size, length);
    size = needed;
    return true;
  }

  /** What came. The buffer is used up by this. */
  public Bytes whole() {
    return Bytes.adopt(size == body.length ? body : Arrays.copyOf(body, size));
  }

  /** What it takes of the heap. */
  public int heldBytes() {
    return body.length;
  }
}
