package io.telltale.pipeline;

import io.telltale.kernel.Counters;
import io.telltale.log.RecordLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** What the pipeline has done, for those who watch. Thread-safe. */
final class Tally {
  private final Counters counters;
  private final AtomicLongArray next = new AtomicLongArray(RecordLog.PARTITIONS);
  private final ConcurrentSkipListSet<Integer> halted = new ConcurrentSkipListSet<>();
  private final AtomicLong records = new AtomicLong();
  private final AtomicLong rows = new AtomicLong();
  private final AtomicLong duplicates = new AtomicLong();
  private final AtomicLong suspects = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private volatile long missing;
  private volatile boolean waiting;
  private volatile boolean aggregatesHeld;
  private volatile PipelineStatus.Waiting setAside = PipelineStatus.Waiting.NONE;
  private volatile String stopped = "";
  private volatile String maintenance = "";

  Tally(Counters counters) {
    this.counters = counters;
  }

  void committed(Gathered gathered) {
    commits.incrementAndGet();
    records.addAndGet(gathered.records());
    rows.addAndGet(gathered.rows().size());
    duplicates.addAndGet(gathered.duplicates());
    suspects.addAndGet(gathered.suspects());
    rejected.addAndGet(gathered.deadLetters().size());
    counters.add("pipeline.records", "stored", gathered.records());
    counters.add("pipeline.records", "duplicate", gathered.duplicates());
    counters.add("pipeline.records", "suspect", gathered.suspects());
    gathered.again().forEach(letter -> counters.count("pipeline.replayed", letter.outcome()));
    gathered.reasons().forEach((why, count) -> counters.add("pipeline.rejected", why, count));
  }

  void reached(int partition, long offset) {
    next.set(partition, offset);
  }

  void halt(int partition) {
    halted.add(partition);
    counters.count("pipeline.halted", "corrupt");
  }

  boolean isHalted(int partition) {
    return halted.contains(partition);
  }

  void waiting(boolean nowWaiting) {
    if (nowWaiting) {
      counters.count("pipeline.waits", "unavailable");
    }
    waiting = nowWaiting;
  }

  void aggregatesHeld(boolean now) {
    aggregatesHeld = now;
  }

  void setAside(SetAside aside, List<PartitionIntake> intakes) {
    List<Integer> full =
        intakes.stream().filter(PartitionIntake::isFull).map(PartitionIntake::partition).toList();
    setAside = new PipelineStatus.Waiting(aside.counts(), aside.bytes(), full);
  }

  void maintenance(String trouble) {
    maintenance = trouble;
  }

  /** So many more are gone, of those that were acknowledged; and so many all in all. */
  void missing(long more, long all) {
    counters.add("pipeline.missing", "records", more);
    missing = all;
  }

  void stopped(String why) {
    stopped = why;
  }

  PipelineStatus status(RecordLog log) {
    List<Long> lag = new ArrayList<>();
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      lag.add(Math.max(0, log.end(partition) - next.get(partition)));
    }
    return new PipelineStatus(
        lag,
        records.get(),
        rows.get(),
        duplicates.get(),
        suspects.get(),
        rejected.get(),
        commits.get(),
        missing,
        List.copyOf(halted),
        waiting,
        aggregatesHeld,
        setAside,
        stopped,
        maintenance);
  }
}
