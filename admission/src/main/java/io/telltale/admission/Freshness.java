package io.telltale.admission;

import io.telltale.registry.DeviceType;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Whether a message's own times and number make it one of now. */
final class Freshness {
  private Freshness() {}

  /** Null when fresh: {@code message} of {@code type} is of now, and no older than it may be. */
  static @Nullable Why judge(
      Reading.Message message, Shape type, long nowMillis, AdmissionLimits limits) {
    long window = limits.sentWindow().toMillis();
    if (message.sent() < nowMillis - window || message.sent() > nowMillis + window) {
      return Why.SENT_OUTSIDE_WINDOW;
    }
    if (message.time() < nowMillis - type.ageMillisMax()) {
      return Why.TIME_TOO_OLD;
    }
    return message.time() > nowMillis + window ? Why.TIME_IN_FUTURE : null;
  }

  /** Null when the device sends a number, or need not. */
  static @Nullable Why judge(OptionalLong sequence, DeviceType.Replay replay) {
    return replay == DeviceType.Replay.SEQUENCE && sequence.isEmpty()
        ? Why.SEQUENCE_REQUIRED
        : null;
  }
}
