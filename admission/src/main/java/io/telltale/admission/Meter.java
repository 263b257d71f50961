package io.telltale.admission;

import io.telltale.roster.Limits;

/**
 * What one device or tenant has sent lately, in messages and in bytes; outlives its sessions. What
 * is no message to be stored has an allowance of its own: a device that may send one reading an
 * hour must still be able to ask whether its connection lives.
 */
final class Meter {
  // A topic has up to 64 KiB.
  private static final int MESSAGE_BYTES_MAX = AdmissionLimits.PAYLOAD_BYTES_MAX + (64 << 10);

  private static final int OTHERS_BURST_MIN = 64;
  private static final double OTHERS_PER_SECOND_MIN = 1;
  private static final double OTHERS_BYTES_PER_SECOND_MIN = 4_096;

  private final Bucket messages = new Bucket();
  private final Bucket bytes = new Bucket();
  private final Bucket others = new Bucket();

  /** Whether it is as a fresh one would be. */
  boolean isFull(long nowNanos) {
    return messages.isFull(nowNanos) && bytes.isFull(nowNanos) && others.isFull(nowNanos);
  }

  /** Returns 0 when a message of {@code size} bytes is within {@code limits}, else nanoseconds. */
  long take(int size, Limits limits, long nowNanos) {
    long wait = messages.take(1, limits.messagesPerSecond(), limits.burst(), nowNanos);
    if (wait > 0) {
      return wait;
    }
    // The largest message must fit, or it could never be sent at all.
    double burstBytes = Math.max(2.0 * limits.bytesPerSecond(), MESSAGE_BYTES_MAX);
    return bytes.take(Math.max(size, 1), (double) limits.bytesPerSecond(), burstBytes, nowNanos);
  }

  /**
   * Charges for {@code size} bytes that were read already and are no message to be stored. Returns
   * 0, or the nanoseconds for which no more should be read.
   */
  long owe(int size, Limits limits, long nowNanos) {
    double perSecond = Math.max(limits.messagesPerSecond(), OTHERS_PER_SECOND_MIN);
    double bytesPerSecond = Math.max((double) limits.bytesPerSecond(), OTHERS_BYTES_PER_SECOND_MIN);
    double cost = size == 0 ? 0 : Math.max(1, size * perSecond / bytesPerSecond);
    return others.owe(cost, perSecond, Math.max(limits.burst(), OTHERS_BURST_MIN), nowNanos);
  }
}
