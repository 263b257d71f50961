package io.telltale.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A disk that fails in the two ways disks fail: nothing written, or written and not told. */
final class BreakableDisk implements Disk {
  enum Fault {
    NONE,
    LOSE_WRITE,
    LOSE_REPLY
  }

  volatile Fault fault = Fault.NONE;
  private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

  /** From the {@code writes}-th write on, all fail until {@link #fault} is set. */
  void failAfter(int writes) {
    left.set(writes);
  }

  @Override
  public void write(Path file, byte[] bytes) throws IOException {
    if (left.decrementAndGet() == 0) {
      fault = Fault.LOSE_WRITE;
    }
    if (fault != Fault.LOSE_WRITE) {
      Disk.real().write(file, bytes);
    }
    if (fault != Fault.NONE) {
      throw new IOException("injected " + fault);
    }
  }
}
