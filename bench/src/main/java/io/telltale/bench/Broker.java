package io.telltale.bench;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalLong;

/** A broker under load: a process of its own, whose CPU time and memory we read. */
interface Broker extends AutoCloseable {
  String name();

  InetSocketAddress address();

  ProcessFigures figures();

  /** {@code count} clients, each with a certificate of its own that this broker accepts. */
  List<LoadClient> clients(int count);

  /** Gives back memory that is not in use, where there is a way to ask for it. */
  default void tidy() {}

  /** What is live in its heap, in KiB, right after {@link #tidy}; empty where there is none. */
  default OptionalLong heapKibibytes() {
    return OptionalLong.empty();
  }

  /** Returns when what the last round left behind is worked off, or after half a minute. */
  default void settle() throws InterruptedException {
    for (int look = 0; look < 30; look++) {
      double before = figures().cpu().process();
      Thread.sleep(1_000);
      if (figures().cpu().process() - before < 0.1) {
        return;
      }
    }
  }

  @Override
  void close();
}
