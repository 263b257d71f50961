package io.telltale.logembedded;

import io.telltale.log.RecordLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The segment being written. Owned by the writer thread. After any exception nothing may be written
 * until {@link #repair} has succeeded.
 */
final class ActiveSegment implements AutoCloseable {
  private static final int STAGING_BYTES = 1 << 20;

  private final SegmentFiles files;
  private final Segments segments;
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
  private SegmentFile file;

  /**
   * @param file of the last segment, durable as far as {@code segments} says
   */
  ActiveSegment(SegmentFiles files, Segments segments, SegmentFile file) {
    this.files = files;
    this.segments = segments;
    this.file = file;
  }

  /** A new segment's file, header and directory entry durable. */
  static SegmentFile create(SegmentFiles files, Segment segment) throws IOException {
    SegmentFile file = files.create(SegmentFormat.name(segment.number));
    try {
      file.write(0, SegmentFormat.header(segment.number, segment.firstOffsets()));
      file.force();
      files.sync();
      return file;
    } catch (IOException e) {
      closeQuietly(file, e);
      throw e;
    }
  }

  /** Whether a group should go into a new segment. */
  boolean isFull(int segmentBytes, int groupBytes) {
    Segment active = segments.active();
    return !active.isEmpty() && (long) active.dataEnd() + groupBytes > segmentBytes;
  }

  /** Writes the group, makes it durable, then shows it to readers. Fills in the offsets. */
  void write(List<Append> group) throws IOException {
    Segment active = segments.active();
    int frames = 0;
    int frameBytes = 0;
    for (Append append : group) {
      frames += append.entries.size();
      frameBytes += append.bytes;
    }
    int[] partitions = new int[frames];
    int[] positions = new int[frames];
    long[] next = active.ends();
    int position = active.dataEnd();
    int written = position;
    int frame = 0;
    staging.clear();
    SegmentFormat.putGroup(
        staging, active.number, position, new SegmentFormat.Group(frameBytes, frames));
    position += SegmentFormat.GROUP_BYTES;
    for (Append append : group) {
      for (int i = 0; i < append.offsets.length; i++) {
        RecordLog.Entry entry = append.entries.get(i);
        int size = SegmentFormat.FRAME_BYTES + entry.body().size();
        if (staging.remaining() < size) {
          written = flush(written);
        }
        append.offsets[i] = next[entry.partition()]++;
        SegmentFormat.putFrame(staging, active.number, entry, append.offsets[i]);
        partitions[frame] = entry.partition();
        positions[frame++] = position;
        position += size;
      }
    }
    flush(written);
    file.force();
    segments.grow(partitions, positions, position);
  }

  private int flush(int position) throws IOException {
    staging.flip();
    int size = staging.remaining();
    file.write(position, staging);
    staging.clear();
    return position + size;
  }

  /** Seals the active segment and opens the next one. */
  void roll() throws IOException {
    Segment sealed = segments.active();
    writeIndex(files, sealed);
    var next = Segment.empty(sealed.number + 1, sealed.ends());
    SegmentFile opened = create(files, next);
    SegmentFile before = file;
    file = opened;
    segments.roll(next);
    before.close();
  }

  // Not forced: an index that a power cut damages is made anew from its segment.
  static void writeIndex(SegmentFiles files, Segment segment) throws IOException {
    Positions positions = segment.positions();
    if (positions == null) {
      return;
    }
    try (SegmentFile index = files.create(SegmentFormat.indexName(segment.number))) {
      index.write(
          0,
          IndexFile.encode(segment.number, segment.firstOffsets(), positions, segment.dataEnd()));
    }
  }

  /**
   * Goes back to the last durable position and on in a new segment. After a failed fsync the page
   * cache may hold, and call clean, what never reached the disk: nothing written since is trusted,
   * and nothing more goes into that file.
   */
  void repair() throws IOException {
    Segment active = segments.active();
    SegmentFile reopened = files.open(SegmentFormat.name(active.number));
    SegmentFile before = file;
    file = reopened;
    closeQuietly(before, new IOException("replaced"));
    reopened.truncate(active.dataEnd());
    if (active.isEmpty()) {
      // Its header is all it has, and may be the only place where the offsets stand: keep the file.
      reopened.write(0, SegmentFormat.header(active.number, active.firstOffsets()));
      reopened.force();
      files.sync();
    } else {
      reopened.force();
      roll();
    }
  }

  private static void closeQuietly(SegmentFile file, IOException cause) {
    try {
      file.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
