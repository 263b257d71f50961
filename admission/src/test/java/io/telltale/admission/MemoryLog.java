package io.telltale.admission;

import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A log in memory whose durability the test gives, delays or denies. */
final class MemoryLog implements RecordLog {
  final List<Stored> stored = new ArrayList<>();
  final ArrayDeque<Runnable> stalled = new ArrayDeque<>();
  private final long[] ends = new long[PARTITIONS];
  boolean stall;
  boolean fail;
  boolean available = true;
  int appends;

  @Override
  public CompletableFuture<long[]> append(List<Entry> entries) {
    appends++;
    var outcome = new CompletableFuture<long[]>();
    boolean failing = fail;
    Runnable finish =
        () -> {
          if (failing) {
            outcome.completeExceptionally(new UnavailableException("injected"));
            return;
          }
          long[] offsets = new long[entries.size()];
          for (int i = 0; i < offsets.length; i++) {
            Entry entry = entries.get(i);
            offsets[i] = ends[entry.partition()]++;
            stored.add(new Stored(entry.partition(), offsets[i], entry.body()));
          }
          outcome.complete(offsets);
        };
    if (stall) {
      stalled.add(finish);
    } else {
      finish.run();
    }
    return outcome;
  }

  void release() {
    stall = false;
    while (!stalled.isEmpty()) {
      stalled.remove().run();
    }
  }

  @Override
  public List<Stored> read(int partition, long offset, int bytesMax) {
    return stored.stream()
        .filter(one -> one.partition() == partition && one.offset() >= offset)
        .toList();
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
