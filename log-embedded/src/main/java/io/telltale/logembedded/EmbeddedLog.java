package io.telltale.logembedded;

import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The log on a local disk: one sequence of segment files with all partitions interleaved, one
 * writer thread, one fdatasync for all batches that wait. A disk that is full or fails makes it
 * unavailable, never a liar; once the disk is well again it goes on by itself.
 *
 * <p>The bytes are specified in {@code docs/format/log-segment.md}.
 */
public final class EmbeddedLog implements RecordLog {
  /**
   * What is kept of what was read last: partitions whose readers are further apart than that have
   * each block read once for each.
   */
  public static final int RECENT_BYTES = RecentBlocks.BLOCKS_MAX * RecentBlocks.BLOCK_BYTES;

  private static final Logger LOG = System.getLogger("io.telltale.log");

  private final Path folder;
  private final SegmentFiles files;
  private final Segments segments;
  private final ActiveSegment active;
  private final SegmentReader reader;
  private final GroupWriter writer;
  private final Object dropping = new Object();
  private volatile boolean closed;

  private EmbeddedLog(EmbeddedLogConfig config, SegmentFiles files, Opening.Opened opened) {
    this.folder = config.folder();
    this.files = files;
    this.segments = opened.segments();
    this.active = opened.active();
    this.reader = new SegmentReader(files, segments);
    this.writer = new GroupWriter(config, active);
  }

  /**
   * Opens the log in the configured folder, or makes it. Cuts off what an unfinished write left
   * behind the last durable record; throws {@link io.telltale.kernel.CorruptException} for any
   * other damage and {@link UnavailableException} when the folder cannot be used or another program
   * has it.
   */
  public static EmbeddedLog open(EmbeddedLogConfig config) {
    try {
      return open(config, DiskFiles.open(config.folder()));
    } catch (IOException e) {
      throw new UnavailableException("opening the log in " + config.folder(), e);
    }
  }

  /** As {@link #open(EmbeddedLogConfig)}, on files of the caller's. */
  static EmbeddedLog open(EmbeddedLogConfig config, SegmentFiles files) throws IOException {
    try {
      var log = new EmbeddedLog(config, files, new Opening(files).open());
      log.writer.start();
      return log;
    } catch (IOException | RuntimeException e) {
      files.close();
      throw e;
    }
  }

  @Override
  public CompletableFuture<long[]> append(List<Entry> entries) {
    List<Entry> batch = List.copyOf(entries);
    if (batch.isEmpty()) {
      return CompletableFuture.completedFuture(new long[0]);
    }
    long bytes = 0;
    for (Entry entry : batch) {
      checkPartition(entry.partition());
      int size = entry.body().size();
      if (size < 1 || size > BODY_BYTES_MAX) {
        throw new IllegalArgumentException("a record has 1 to 512 Ki bytes, not " + size);
      }
      bytes += SegmentFormat.FRAME_BYTES + size;
    }
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a batch of " + bytes + " bytes");
    }
    return writer.append(new Append(batch, (int) bytes));
  }

  private static void checkPartition(int partition) {
    if (partition < 0 || partition >= PARTITIONS) {
      throw new IllegalArgumentException("there is no partition " + partition);
    }
  }

  @Override
  public List<Stored> read(int partition, long offset, int bytesMax, long positionMax) {
    checkReadable(partition);
    return reader.read(partition, Math.max(0, offset), Math.max(1, bytesMax), positionMax);
  }

  @Override
  public long position(int partition, long offset) {
    checkReadable(partition);
    return reader.position(partition, Math.max(0, offset));
  }

  private void checkReadable(int partition) {
    checkPartition(partition);
    if (closed) {
      throw new UnavailableException("reading: the log is closed");
    }
  }

  @Override
  public long end(int partition) {
    checkPartition(partition);
    return segments.end(partition);
  }

  @Override
  public long start(int partition) {
    checkPartition(partition);
    return segments.start(partition);
  }

  @Override
  public boolean await(int partition, long offset, Duration wait) throws InterruptedException {
    checkPartition(partition);
    return segments.await(partition, offset, wait);
  }

  @Override
  public void dropBefore(long[] offsets) {
    if (offsets.length != PARTITIONS) {
      throw new IllegalArgumentException("one offset for each of the partitions");
    }
    synchronized (dropping) {
      for (Optional<Segment> oldest = segments.dropOldest(offsets);
          oldest.isPresent();
          oldest = segments.dropOldest(offsets)) {
        delete(oldest.get());
        sync();
      }
    }
  }

  // Oldest first, each durably gone before the next: a crash in between leaves no hole.
  private void delete(Segment segment) {
    try {
      files.delete(SegmentFormat.indexName(segment.number));
      files.delete(SegmentFormat.name(segment.number));
    } catch (IOException e) {
      segments.restoreOldest(segment);
      throw new UnavailableException("deleting the log's segment " + segment.number, e);
    }
  }

  private void sync() {
    try {
      files.sync();
    } catch (IOException e) {
      throw new UnavailableException("deleting segments of the log", e);
    }
  }

  /** Reads every segment again but the newest, which grows. */
  public StoreCheck check() {
    return LogCheck.ofOpen(folder, segments::sealed);
  }

  @Override
  public boolean available() {
    return writer.accepts();
  }

  @Override
  public String trouble() {
    return writer.trouble();
  }

  private void mark() {
    if (!writer.isWhole()) {
      return;
    }
    try {
      new StopMark(segments.active().number, segments.active().dataEnd()).write(files);
    } catch (IOException e) {
      // Without it the next start takes the end for one that a crash may have cut short.
      LOG.log(Level.WARNING, "log.mark.failed why={0}", e.toString());
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    writer.close();
    closed = true;
    segments.close();
    try {
      active.close();
      mark();
      files.close();
    } catch (IOException e) {
      throw new UnavailableException("closing the log", e);
    }
  }
}
