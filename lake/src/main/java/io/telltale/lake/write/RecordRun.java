package io.telltale.lake.write;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.lake.parquet.ParquetColumn;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The sealed halves of records of one partition, in order of offset, as one value: to hand each
 * record over on its own costs more than to compress it ({@code docs/format/lake.md}). Put together
 * when it is written: until then it names what is in memory already. Not thread-safe.
 */
public final class RecordRun implements ParquetColumn.Binary {
  private static final int SALT_BYTES = 32;
  private static final int HEAD_BYTES = Long.BYTES + 2 * Integer.BYTES + 2 * SALT_BYTES;

  // Large enough that its own cost vanishes, small enough to open for a single record.
  private static final int FULL_BYTES = 256 << 10;

  private final int partition;
  private final long first;
  private long last;
  private final List<Entry> entries = new ArrayList<>();
  private int size;

  /** Told each record that a run holds. */
  @FunctionalInterface
  public interface Reader {
    void record(long offset, Half half);
  }

  /** What proves a record, and what it says. */
  public record Half(Bytes originSalt, Bytes payloadSalt, Bytes origin, Bytes payload) {}

  private record Entry(long offset, Half half) {}

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
    entries.add(new Entry(offset, half));
    size += HEAD_BYTES + half.origin().size() + half.payload().size();
    last = offset;
  }

  boolean isFull() {
    return size >= FULL_BYTES;
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

  @Override
  public int size() {
    return size;
  }

  @Override
  public void writeTo(ByteBuffer to) {
    for (Entry entry : entries) {
      Half half = entry.half();
      to.putLong(entry.offset()).putInt(half.origin().size()).putInt(half.payload().size());
      to.put(half.originSalt().borrow()).put(half.payloadSalt().borrow());
      to.put(half.origin().borrow()).put(half.payload().borrow());
    }
  }

  /** Tells what {@link #writeTo} put; it comes from an authenticated file. */
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
