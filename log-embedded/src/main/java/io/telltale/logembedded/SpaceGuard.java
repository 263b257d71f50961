package io.telltale.logembedded;

import java.util.function.LongSupplier;

/**
 * Says whether there is room to write, with a gap between the two marks so as not to flap. Not
 * thread-safe.
 */
final class SpaceGuard {
  // Between two looks so much is written at most, and so often: others fill the disk, too, and a
  // writer that has always something to do waits 200 ms for it at most.
  private static final long BYTES_UNSEEN_MAX = 4L << 20;
  private static final int GROUPS_UNSEEN_MAX = 16;

  private final LongSupplier freeBytes;
  private final long low;
  private final long high;
  private boolean roomy = true;
  private long bytesUnseen;
  private int groupsUnseen;

  SpaceGuard(EmbeddedLogConfig config) {
    this.freeBytes = config.freeBytes();
    this.low = config.freeBytesLow();
    this.high = config.freeBytesHigh();
  }

  /**
   * Before a group of so many bytes is written. The disk is asked where that costs nobody anything,
   * when there is none, or when enough was written since; and each time while there is no room.
   */
  boolean isRoomyFor(long bytes) {
    bytesUnseen += bytes;
    groupsUnseen++;
    boolean due = bytesUnseen > BYTES_UNSEEN_MAX || groupsUnseen > GROUPS_UNSEEN_MAX;
    return (bytes == 0 || !roomy || due) ? isRoomy() : roomy;
  }

  boolean isRoomy() {
    bytesUnseen = 0;
    groupsUnseen = 0;
    long free = freeBytes.getAsLong();
    if (free < low) {
      roomy = false;
    } else if (free > high) {
      roomy = true;
    }
    return roomy;
  }
}
