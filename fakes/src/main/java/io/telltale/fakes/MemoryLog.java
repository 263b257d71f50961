package io.telltale.fakes;

import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A log in memory whose durability the test gives, delays or denies. It is no driver that {@link
 * RecordLogContract} holds: a read gives all there is, and nothing is dropped or waited for.
 * Thread-safe.
 */
public final class MemoryLog implements RecordLog {
  private final List<Stored> stored = new ArrayList<>();
  private final ConcurrentLinkedQueue<Runnable> stalled = new ConcurrentLinkedQueue<>();
  private final AtomicInteger appends = new AtomicInteger();
  private final long[] ends = new long[PARTITIONS];
  public volatile boolean stall;
  public volatile boolean fail;
  public volatile boolean available = true;

  @Override
  public CompletableFuture<long[]> append(List<Entry> entries) {
    appends.incrementAndGet();
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
  public boolean isStalling() {
    return !stalled.isEmpty();
  }

  public void release() {
    stall = false;
    Runnable next = stalled.poll();
    while (next != null) {
      next.run();
      next = stalled.poll();
    }
  }

  /** How often it was asked to append, whatever came of it. */
  public int appends() {
    return appends.get();
  }

  public List<Stored> stored() {
    synchronized (stored) {
      return List.copyOf(stored);
    }
  }

  /** Payloads only: announcements are those of {@link MemorySealer}. */
  public List<String> payloads() {
    return stored().stream()
        .map(one -> one.body().asUtf8())
        .filter(body -> !body.startsWith("lease "))
        .toList();
  }

  @Override
  public List<Stored> read(int partition, long offset, int bytesMax, long positionMax) {
    synchronized (stored) {
      return stored.stream()
          .filter(one -> one.partition() == partition && one.offset() >= offset)
          .toList();
    }
  }

  @Override
  public long position(int partition, long offset) {
    return 0;
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
