package io.telltale.logembedded;

import io.telltale.log.RecordLog;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/** The bytes of a segment, as {@code docs/format/log-segment.md} has them. All big-endian. */
final class SegmentFormat {
  static final int HEADER_BYTES = 160;
  static final int GROUP_BYTES = 20;
  static final int FRAME_BYTES = 18;

  private static final long MAGIC = 0x54544C4F47534547L; // TTLOGSEG
  static final int GROUP_MAGIC = 0x54544752; // TTGR
  private static final int VERSION = 1;
  private static final String SUFFIX = ".seg";
  private static final String INDEX_SUFFIX = ".idx";

  private SegmentFormat() {}

  /** What opens each group: written only after everything before it was durable. */
  record Group(int frameBytes, int frames) {}

  /** What opens each record. */
  record Frame(int bodyBytes, int partition, long offset, int crc) {}

  static String name(long number) {
    return "%010d".formatted(number) + SUFFIX;
  }

  static String indexName(long number) {
    return "%010d".formatted(number) + INDEX_SUFFIX;
  }

  /** The number of a segment's file; empty for any other file. */
  static Optional<Long> numberOf(String fileName) {
    if (!fileName.matches("[0-9]{10}" + SUFFIX)) {
      return Optional.empty();
    }
    return Optional.of(Long.parseLong(fileName.substring(0, 10)));
  }

  static ByteBuffer header(long number, long[] firstOffsets) {
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES);
    bytes.putLong(MAGIC).putInt(VERSION).putInt(RecordLog.PARTITIONS).putLong(number);
    for (long offset : firstOffsets) {
      bytes.putLong(offset);
    }
    bytes.putInt(0);
    bytes.putInt(crcOf(bytes.array(), bytes.position()));
    return bytes.flip();
  }

  /** The first offsets of a segment with this number; empty when these bytes are no header. */
  static Optional<long[]> parseHeader(ByteBuffer bytes, long number) {
    if (bytes.remaining() < HEADER_BYTES) {
      return Optional.empty();
    }
    byte[] raw = new byte[HEADER_BYTES];
    bytes.get(bytes.position(), raw);
    ByteBuffer in = ByteBuffer.wrap(raw);
    if (in.getLong() != MAGIC
        || in.getInt() != VERSION
        || in.getInt() != RecordLog.PARTITIONS
        || in.getLong() != number
        || in.getInt(HEADER_BYTES - Integer.BYTES) != crcOf(raw, HEADER_BYTES - Integer.BYTES)) {
      return Optional.empty();
    }
    long[] offsets = new long[RecordLog.PARTITIONS];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = in.getLong();
      if (offsets[i] < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(offsets);
  }

  static void putGroup(ByteBuffer out, long number, int position, Group group) {
    int start = out.position();
    out.putInt(GROUP_MAGIC).putInt(group.frameBytes()).putInt(group.frames()).putInt(position);
    out.putInt(groupCrc(out, start, number));
  }

  /** The group that starts at {@code position}; empty when none does. */
  static Optional<Group> parseGroup(ByteBuffer in, long number, int position) {
    if (in.remaining() < GROUP_BYTES) {
      return Optional.empty();
    }
    int start = in.position();
    int frameBytes = in.getInt(start + 4);
    int frames = in.getInt(start + 8);
    boolean good =
        in.getInt(start) == GROUP_MAGIC
            && in.getInt(start + 12) == position
            && in.getInt(start + 16) == groupCrc(in, start, number)
            && frames > 0
            && frameBytes >= (long) frames * (FRAME_BYTES + 1);
    return good ? Optional.of(new Group(frameBytes, frames)) : Optional.empty();
  }

  private static int groupCrc(ByteBuffer bytes, int start, long number) {
    CRC32C crc = seeded(number);
    crc.update(bytes.duplicate().limit(start + 16).position(start));
    return (int) crc.getValue();
  }

  static void putFrame(ByteBuffer out, long number, RecordLog.Entry entry, long offset) {
    int start = out.position();
    byte[] body = entry.body().borrow();
    out.putInt(body.length).putInt(0).putShort((short) entry.partition()).putLong(offset);
    out.put(body);
    out.putInt(start + 4, frameCrc(out, start, body.length, number));
  }

  /** The frame's head; its lengths are checked, its checksum is not. Empty when it is none. */
  static Optional<Frame> parseFrame(ByteBuffer in) {
    if (in.remaining() < FRAME_BYTES) {
      return Optional.empty();
    }
    int start = in.position();
    int bodyBytes = in.getInt(start);
    int partition = in.getShort(start + 8) & 0xFFFF;
    if (bodyBytes < 1
        || bodyBytes > RecordLog.BODY_BYTES_MAX
        || partition >= RecordLog.PARTITIONS) {
      return Optional.empty();
    }
    return Optional.of(
        new Frame(bodyBytes, partition, in.getLong(start + 10), in.getInt(start + 4)));
  }

  /** Whether the whole frame at the buffer's position is as it was written. */
  static boolean intact(ByteBuffer in, Frame frame, long number) {
    return in.remaining() >= FRAME_BYTES + frame.bodyBytes()
        && frameCrc(in, in.position(), frame.bodyBytes(), number) == frame.crc();
  }

  // The segment's number goes into each checksum: a block that strayed from another segment fails.
  private static int frameCrc(ByteBuffer bytes, int start, int bodyBytes, long number) {
    CRC32C crc = seeded(number);
    for (int shift = 24; shift >= 0; shift -= 8) {
      crc.update(bodyBytes >>> shift & 0xFF);
    }
    crc.update(bytes.duplicate().limit(start + FRAME_BYTES + bodyBytes).position(start + 8));
    return (int) crc.getValue();
  }

  private static CRC32C seeded(long value) {
    CRC32C crc = new CRC32C();
    for (int shift = 56; shift >= 0; shift -= 8) {
      crc.update((int) (value >>> shift) & 0xFF);
    }
    return crc;
  }

  static int crcOf(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
