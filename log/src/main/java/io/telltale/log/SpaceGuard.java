package io.telltale.log;

import java.util.function.LongSupplier;

/** Says whether there is room to write, with a gap between the two marks so as not to flap. */
final class SpaceGuard {
  private final LongSupplier freeBytes;
  private final long low;
  private final long high;
  private boolean roomy = true;

  SpaceGuard(EmbeddedLogConfig config) {
    this.freeBytes = config.freeBytes();
    this.low = config.freeBytesLow();
    this.high = config.freeBytesHigh();
  }

  boolean isRoomy() {
    long free = freeBytes.getAsLong();
    if (free < low) {
      roomy = false;
    } else if (free > high) {
      roomy = true;
    }
    return roomy;
  }
}
