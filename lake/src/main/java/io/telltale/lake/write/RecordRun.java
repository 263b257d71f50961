package io.telltale.lake.write;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The sealed halves of records of one partition, in order of offset, as one value: to hand each
 * record over on its own costs more than to compress it ({@code docs/format/lake.md}). Not
 * thread-safe.
 */
public final class RecordRun {
  private static final int SALT_BYTES = 32;
  private static final int HEAD_BYTES = Long.BYTES + 2 * Integer.BYTES + 2 * SALT_BYTES;

  // Large enough that its own cost vanishes, small enough to open for a single record.
  private static final int FULL_BYTES = 256 << 10;

  private final int partition;
  private final long first;
  private long last;
  private ByteBuffer bytes = ByteBuffer.allocate(4_096);

  /** Told each record that a run holds. */
  @FunctionalInterface
  public interface Reader {
    void record(long offset, Half half);
  }

  /** What proves a record, and what it says. */
  public record Half(Bytes originSalt, Bytes payloadSalt, Bytes origin, Bytes payload) {}

  public RecordRun(int partition, long first) {
    this.partition = partition;
    this.first = first;
    this.last = first - 1;
  }

  public void add(long offset, Half half) {
    if (offset <= last
        || half.originSalt().size() != SALT_BYTES
        || half.payloadSalt().size() != SALT_BYTES) {
      throw new IllegalStateException("a record out of order, or a salt of another size");
    }
    int size = HEAD_BYTES + half.origin().size() + half.payload().size();
    if (bytes.remaining() < size) {
      int capacity = Math.max(2 * bytes.capacity(), bytes.position() + size);
      bytes = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), capacity)).position(bytes.position());
    }
    bytes.putLong(offset).putInt(half.origin().size()).putInt(half.payload().size());
    bytes.put(half.originSalt().borrow()).put(half.payloadSalt().borrow());
    bytes.put(half.origin().borrow()).put(half.payload().borrow());
    last = offset;
  }

  boolean isFull() {
    return bytes.position() >= FULL_BYTES;
  }

  int partition() {
    return partition;
  }

  long first() {
    return first;
  }

  long last() {
    return last;
  }

  public byte[] toArray() {
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  /** Tells what {@link #toArray} holds; it comes from an authenticated file. */
  public static void read(Bytes run, Reader reader) {
    ByteBuffer in = run.asBuffer();
    try {
      while (in.hasRemaining()) {
        long offset = in.getLong();
        int originBytes = in.getInt();
        int payloadBytes = in.getInt();
        Bytes originSalt = take(in, SALT_BYTES);
        Bytes payloadSalt = take(in, SALT_BYTES);
        Bytes origin = take(in, originBytes);
        reader.record(offset, new Half(originSalt, payloadSalt, origin, take(in, payloadBytes)));
      }
    } catch (BufferUnderflowException e) {
      throw new CorruptException("a run of records that ends early", e);
    }
  }

  private static Bytes take(ByteBuffer in, int size) {
    if (size < 0 || size > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] taken = new byte[size];
    in.get(taken);
    return Bytes.adopt(taken);
  }
}
