package io.telltale.logembedded;

import io.telltale.log.RecordLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The index beside a sealed segment: it spares the scan at opening and can be made anew, so that a
 * missing or damaged one is no loss.
 */
final class IndexFile {
  private static final long MAGIC = 0x54544C4F47494458L; // TTLOGIDX
  private static final int VERSION = 1;
  static final int HEAD_BYTES = 8 + 4 + 4 + 8 + 8 + 12 * RecordLog.PARTITIONS + 4;

  private IndexFile() {}

  /** The fixed part: enough to know what the segment holds. */
  static final class Head {
    private final long[] firstOffsets;
    private final int[] counts;
    private final int dataEnd;

    Head(long[] firstOffsets, int[] counts, int dataEnd) {
      this.firstOffsets = firstOffsets;
      this.counts = counts;
      this.dataEnd = dataEnd;
    }

    long[] firstOffsets() {
      return firstOffsets;
    }

    int[] counts() {
      return counts;
    }

    int dataEnd() {
      return dataEnd;
    }

    long records() {
      long sum = 0;
      for (int count : counts) {
        sum += count;
      }
      return sum;
    }
  }

  static ByteBuffer encode(long number, long[] firstOffsets, Positions positions, int dataEnd) {
    int[] counts = positions.counts();
    var head = new Head(firstOffsets, counts, dataEnd);
    var out = ByteBuffer.allocate((int) (HEAD_BYTES + head.records() * Integer.BYTES) + 4);
    out.putLong(MAGIC).putInt(VERSION).putInt(RecordLog.PARTITIONS).putLong(number);
    out.putLong(dataEnd);
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      out.putLong(firstOffsets[partition]).putInt(counts[partition]);
    }
    out.putInt(SegmentFormat.crcOf(out.array(), out.position()));
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      for (int position : positions.from(partition, 0, counts[partition])) {
        out.putInt(position);
      }
    }
    out.putInt(SegmentFormat.crcOf(out.array(), out.position()));
    return out.flip();
  }

  /** Empty when the file holds no index of this segment. */
  static Optional<Head> readHead(SegmentFile file, long number) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(HEAD_BYTES);
    file.read(0, in);
    if (in.hasRemaining()) {
      return Optional.empty();
    }
    in.flip();
    int crc = SegmentFormat.crcOf(in.array(), HEAD_BYTES - Integer.BYTES);
    if (in.getLong() != MAGIC
        || in.getInt() != VERSION
        || in.getInt() != RecordLog.PARTITIONS
        || in.getLong() != number
        || in.getInt(HEAD_BYTES - Integer.BYTES) != crc) {
      return Optional.empty();
    }
    long dataEnd = in.getLong();
    long[] firstOffsets = new long[RecordLog.PARTITIONS];
    int[] counts = new int[RecordLog.PARTITIONS];
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      firstOffsets[partition] = in.getLong();
      counts[partition] = in.getInt();
      if (counts[partition] < 0) {
        return Optional.empty();
      }
    }
    if (dataEnd < SegmentFormat.HEADER_BYTES || dataEnd > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    return Optional.of(new Head(firstOffsets, counts, (int) dataEnd));
  }

  /** All positions; empty when the file is damaged or not what {@code head} promises. */
  static Optional<Positions> readPositions(SegmentFile file, Head head) throws IOException {
    long size = HEAD_BYTES + head.records() * Integer.BYTES + Integer.BYTES;
    if (file.size() != size) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.allocate((int) size);
    file.read(0, in);
    int checked = (int) size - Integer.BYTES;
    if (in.hasRemaining() || in.getInt(checked) != SegmentFormat.crcOf(in.array(), checked)) {
      return Optional.empty();
    }
    in.position(HEAD_BYTES);
    var positions = new Positions();
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      for (int i = 0; i < head.counts()[partition]; i++) {
        positions.add(partition, in.getInt());
      }
    }
    return Optional.of(positions);
  }
}
