package io.telltale.admission;

import io.telltale.message.ReadingForm;
import io.telltale.roster.DeviceType;
import org.jspecify.annotations.Nullable;

/** Whether a message's own times and number make it one of now. */
final class Freshness {
  private Freshness() {}

  /**
   * Null when fresh: {@code message} of {@code type} is of now, no older than it may be, and has a
   * number if its device must send one.
   */
  static @Nullable RefusalReason judge(
      ParsedPayload.Message message,
      ReadingForm type,
      DeviceType.Replay replay,
      long nowMillis,
      AdmissionLimits limits) {
    long window = limits.sentWindow().toMillis();
    if (message.sent() < nowMillis - window || message.sent() > nowMillis + window) {
      return RefusalReason.SENT_OUTSIDE_WINDOW;
    }
    if (message.time() < nowMillis - type.ageMillisMax()) {
      return RefusalReason.TIME_TOO_OLD;
    }
    if (message.time() > nowMillis + window) {
      return RefusalReason.TIME_IN_FUTURE;
    }
    return replay == DeviceType.Replay.SEQUENCE && message.sequence().isEmpty()
        ? RefusalReason.SEQUENCE_REQUIRED
        : null;
  }
}
