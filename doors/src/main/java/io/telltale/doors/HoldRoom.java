package io.telltale.doors;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of messages that cannot be stored now all MQTT 3.1.1 sessions of a door keep: a
 * share of the heap, however many there are. Thread-safe.
 */
final class HoldRoom {
  // What a message takes beside its bytes.
  private static final long OVERHEAD_BYTES = 256;

  private final long bytesMax;
  private final AtomicLong taken = new AtomicLong();

  HoldRoom(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** False when there is no room for it; then nothing is taken. */
  boolean take(Publication publication) {
    long bytes = bytes(publication);
    if (taken.addAndGet(bytes) <= bytesMax) {
      return true;
    }
    taken.addAndGet(-bytes);
    return false;
  }

  void giveBack(Publication publication) {
    taken.addAndGet(-bytes(publication));
  }

  long taken() {
    return taken.get();
  }

  private static long bytes(Publication publication) {
    return OVERHEAD_BYTES + publication.submission().bytes();
  }
}
