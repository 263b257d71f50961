package io.telltale.admission;

import io.telltale.registry.Limits;

/** What one device or tenant has sent lately, in messages and in bytes; outlives its sessions. */
final class Meter {
  // A topic has up to 64 KiB.
  private static final int MESSAGE_BYTES_MAX = AdmissionLimits.PAYLOAD_BYTES_MAX + (64 << 10);

  private final Bucket messages = new Bucket();
  private final Bucket bytes = new Bucket();

  /** Whether it is as a fresh one would be. */
  boolean isFull(long nowNanos) {
    return messages.isFull(nowNanos) && bytes.isFull(nowNanos);
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
}
