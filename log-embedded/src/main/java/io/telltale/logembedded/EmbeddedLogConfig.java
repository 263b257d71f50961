package io.telltale.logembedded;

import io.telltale.log.RecordLog;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/**
 * Where and how large the embedded log is.
 *
 * @param folder holds nothing but this log; made when it is not there
 * @param segmentBytes a segment that has reached this size is sealed; a group of appends is never
 *     split, so that one may be larger
 * @param queuedBytesMax bytes that may wait for the disk; what comes beyond is refused at once
 * @param freeBytesLow with less free space than this, appends are refused
 * @param freeBytesHigh with more free space than this, they are taken again
 * @param freeBytes tells the free space; asked while nothing is written, and each 4 MiB or 16
 *     groups
 */
public record EmbeddedLogConfig(
    Path folder,
    int segmentBytes,
    int queuedBytesMax,
    long freeBytesLow,
    long freeBytesHigh,
    LongSupplier freeBytes) {
  private static final int MIB = 1 << 20;

  public EmbeddedLogConfig {
    if (segmentBytes < SegmentFormat.HEADER_BYTES || segmentBytes > 512 * MIB) {
      throw new IllegalArgumentException("a segment has up to 512 MiB, not " + segmentBytes);
    }
    if (queuedBytesMax < RecordLog.BODY_BYTES_MAX || queuedBytesMax > 512 * MIB) {
      throw new IllegalArgumentException("512 KiB to 512 MiB may queue, not " + queuedBytesMax);
    }
    if (freeBytesLow < 0 || freeBytesHigh < freeBytesLow) {
      throw new IllegalArgumentException("the upper free-space mark lies below the lower one");
    }
  }

  /** 64 MiB segments, 64 MiB queued, pauses below 512 MiB of free space until there is 1 GiB. */
  public static EmbeddedLogConfig in(Path folder) {
    return new EmbeddedLogConfig(
        folder, 64 * MIB, 64 * MIB, 512L * MIB, 1024L * MIB, () -> usableBytes(folder));
  }

  public EmbeddedLogConfig withSegmentBytes(int bytes) {
    return new EmbeddedLogConfig(
        folder, bytes, queuedBytesMax, freeBytesLow, freeBytesHigh, freeBytes);
  }

  public EmbeddedLogConfig withQueuedBytesMax(int bytes) {
    return new EmbeddedLogConfig(
        folder, segmentBytes, bytes, freeBytesLow, freeBytesHigh, freeBytes);
  }

  public EmbeddedLogConfig withFreeBytesMarks(long low, long high) {
    return new EmbeddedLogConfig(folder, segmentBytes, queuedBytesMax, low, high, freeBytes);
  }

  public EmbeddedLogConfig withFreeBytes(LongSupplier probe) {
    return new EmbeddedLogConfig(
        folder, segmentBytes, queuedBytesMax, freeBytesLow, freeBytesHigh, probe);
  }

  // One system call: a FileStore would read the table of mounts.
  // A disk that cannot be asked says 0 and is taken for a full one: nothing fails open.
  private static long usableBytes(Path folder) {
    return folder.toFile().getUsableSpace();
  }
}
