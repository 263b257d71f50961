package io.telltale.log;

import io.telltale.kernel.Bytes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A durable, partitioned sequence of opaque records: a transit buffer, not an archive.
 *
 * <p>What every driver promises, and the contract test checks under kill -9, torn writes and a full
 * disk: a completed append survives; each partition's offsets are contiguous from 0 and never
 * reused; batches handed in by one thread are appended in that order; a reader sees durable records
 * only; a failed append may or may not have left records behind, and says so by failing.
 */
public interface RecordLog extends AutoCloseable {
  /** Every log has this many partitions, numbered from 0. */
  int PARTITIONS = 16;

  /** A record's body may have this many bytes. */
  int BODY_BYTES_MAX = 512 * 1024;

  /**
   * Appends {@code entries} in order. Never blocks; the future completes on the log's own thread
   * once all of them are durable, with their offsets in the same order, or fails with {@link
   * io.telltale.kernel.UnavailableException} (disk full, too much queued, closed).
   */
  CompletableFuture<long[]> append(List<Entry> entries);

  /**
   * Durable records of {@code partition} from {@code offset} on, at least one if there is one, then
   * as many as fit in {@code bytesMax}. Records that retention dropped are skipped.
   */
  default List<Stored> read(int partition, long offset, int bytesMax) {
    return read(partition, offset, bytesMax, Long.MAX_VALUE);
  }

  /** As {@link #read(int, long, int)}, of those that lie before {@code positionMax}: maybe none. */
  List<Stored> read(int partition, long offset, int bytesMax, long positionMax);

  /**
   * Where the first record of {@code partition} from {@code offset} on lies; where the log ends,
   * when there is none. Positions are from 0, in bytes, and grow in the order of appending,
   * whatever the partition: what lies near one another is read at little cost together (see {@link
   * Lockstep}). They hold until the log is closed. A log that does not interleave its partitions
   * may say the same position for all.
   */
  long position(int partition, long offset);

  /** The offset that the next durable record of {@code partition} will get. */
  long end(int partition);

  /** The oldest offset still there; equal to {@link #end} when the partition is empty. */
  long start(int partition);

  /**
   * Waits until a record is durable at or after {@code offset} in {@code partition}, or {@code
   * wait} is over; true when there is one.
   */
  boolean await(int partition, long offset, Duration wait) throws InterruptedException;

  /** Drops whole segments in which every record is below its partition's given offset. */
  void dropBefore(long[] offsets);

  /** Whether appends are accepted now; false while the disk is short of space or failing. */
  boolean available();

  /** Why nothing can be appended now, for people; empty while {@link #available} holds. */
  String trouble();

  /** Refuses new appends, finishes those under way, releases everything. */
  @Override
  void close();

  /**
   * @param partition from 0
   * @param body opaque, 1 to {@link #BODY_BYTES_MAX} bytes
   */
  record Entry(int partition, Bytes body) {}

  /** A durable record and its place. */
  record Stored(int partition, long offset, Bytes body) {}
}
