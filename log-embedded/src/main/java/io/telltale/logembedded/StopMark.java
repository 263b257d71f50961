package io.telltale.logembedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * How far the log was written when it was closed in order: {@code docs/format/log-segment.md}. A
 * write that a crash cut short leaves none, so that what does not verify below the mark is damage.
 *
 * @param number of the last segment
 * @param end of its last whole group, its size then
 */
record StopMark(long number, int end) {
  static final String NAME = "stopped";
  private static final long MAGIC = 0x54544C4F47454E44L; // TTLOGEND
  private static final int VERSION = 1;
  private static final int BYTES = 28;

  /** Empty when there is none, or none that is whole. */
  static Optional<StopMark> read(SegmentFiles files) throws IOException {
    try (SegmentFile file = files.open(NAME)) {
      return read(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  static Optional<StopMark> read(SegmentFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    file.read(0, bytes);
    bytes.flip();
    if (file.size() != BYTES || bytes.remaining() != BYTES) {
      return Optional.empty();
    }
    boolean whole = bytes.getLong() == MAGIC && bytes.getInt() == VERSION;
    var mark = new StopMark(bytes.getLong(), bytes.getInt());
    return whole && bytes.getInt() == crc(bytes.array()) ? Optional.of(mark) : Optional.empty();
  }

  void write(SegmentFiles files) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putLong(MAGIC).putInt(VERSION).putLong(number).putInt(end).putInt(crc(bytes.array()));
    try (SegmentFile file = files.create(NAME)) {
      file.write(0, bytes.flip());
      file.force();
    }
    files.sync();
  }

  /** Durable before anything is written: it speaks of the last stop only. */
  static void drop(SegmentFiles files) throws IOException {
    files.delete(NAME);
    files.sync();
  }

  private static int crc(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes, 0, BYTES - Integer.BYTES);
    return (int) crc.getValue();
  }
}
