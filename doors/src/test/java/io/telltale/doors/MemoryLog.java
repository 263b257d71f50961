package io.telltale.doors;

import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A log in memory whose durability the test gives, delays or denies. Thread-safe. */
final class MemoryLog implements RecordLog {
  private final List<Stored> stored = new ArrayList<>();
  private final ConcurrentLinkedQueue<Runnable> stalled = new ConcurrentLinkedQueue<>();
  private final long[] ends = new long[PARTITIONS];
  volatile boolean stall;
  volatile boolean fail;
  volatile boolean available = true;

  @Override
  public CompletableFuture<long[]> append(List<Entry> entries) {
    var outcome = new CompletableFuture<long[]>();
    boolean failing = fail;
    Runnable finish = () -> finish(entries, failing, outcome);
    if (stall) {
      stalled.add(finish);
    } else {
      finish.run();
    }
    return outcome;
  }

  private void finish(List<Entry> entries, boolean failing, CompletableFuture<long[]> outcome) {
    if (failing) {
      outcome.completeExceptionally(new UnavailableException("injected"));
      return;
    }
    long[] offsets = new long[entries.size()];
    synchronized (stored) {
      for (int i = 0; i < offsets.length; i++) {
        Entry entry = entries.get(i);
        offsets[i] = ends[entry.partition()]++;
        stored.add(new Stored(entry.partition(), offsets[i], entry.body()));
      }
    }
    outcome.complete(offsets);
  }

  /** Whether something waits to be released. */
  boolean isStalling() {
    return !stalled.isEmpty();
  }

  void release() {
    stall = false;
    Runnable next = stalled.poll();
    while (next != null) {
      next.run();
      next = stalled.poll();
    }
  }

  /** Payloads only: announcements are those of {@link MemorySealer}. */
  List<String> payloads() {
    synchronized (stored) {
      return stored.stream()
          .map(one -> one.body().asUtf8())
          .filter(body -> !body.startsWith("lease "))
          .toList();
    }
  }

  @Override
  public List<Stored> read(int partition, long offset, int bytesMax) {
    synchronized (stored) {
      return stored.stream()
          .filter(one -> one.partition() == partition && one.offset() >= offset)
          .toList();
    }
  }

  @Override
  public long end(int partition) {
    return ends[partition];
  }

  @Override
  public long start(int partition) {
    return 0;
  }

  @Override
  public boolean await(int partition, long offset, Duration wait) {
    return ends[partition] > offset;
  }

  @Override
  public void dropBefore(long[] offsets) {}

  @Override
  public String trouble() {
    return available() ? "" : "disk full";
  }

  @Override
  public boolean available() {
    return available;
  }

  @Override
  public void close() {}
}
