package io.telltale.pipeline;

import io.telltale.kernel.Counters;
import io.telltale.kernel.Halts;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.intake.Gathered;
import io.telltale.pipeline.intake.PartitionIntake;
import io.telltale.pipeline.letters.SetAside;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** What the pipeline has done, for those who watch. Thread-safe. */
final class Tally {
  private final Counters counters;
  private final Halts halts;
  private final AtomicLongArray next = new AtomicLongArray(RecordLog.PARTITIONS);
  private final ConcurrentSkipListSet<Integer> halted = new ConcurrentSkipListSet<>();
  private final AtomicReferenceArray<String> held =
      new AtomicReferenceArray<>(RecordLog.PARTITIONS);
  private final AtomicLong records = new AtomicLong();
  private final AtomicLong rows = new AtomicLong();
  private final AtomicLong duplicates = new AtomicLong();
  private final AtomicLong suspects = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private volatile long missing;
  private volatile boolean waiting;
  private volatile String aggregatesHeld = "";
  private volatile PipelineStatus.Aside setAside = PipelineStatus.Aside.NONE;
  private volatile String stopped = "";
  private volatile String maintenance = "";

  Tally(Counters counters, Halts halts) {
    this.counters = counters;
    this.halts = halts;
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      held.set(partition, "");
    }
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

  void halt(int partition, String why) {
    halted.add(partition);
    halts.tell(Halts.Kind.PARTITION_HALTED, named(partition), 1, why);
    counters.count("pipeline.halted", "corrupt");
  }

  private static String named(int partition) {
    return "partition " + partition;
  }

  boolean isHalted(int partition) {
    return halted.contains(partition);
  }

  /** The last attempt failed, for want of something that may come back. */
  void waits(String why) {
    counters.count("pipeline.waits", "unavailable");
    waiting = true;
    halts.tell(Halts.Kind.PIPELINE_WAITS, "", 1, why);
  }

  /** Whatever it waited for is there, or needed no more. */
  void goesOn() {
    if (waiting) {
      waiting = false;
      halts.goesOn(Halts.Kind.PIPELINE_WAITS, "");
    }
  }

  /**
   * @param why aggregates wait, or empty
   */
  void aggregatesHeld(String why) {
    if (!why.equals(aggregatesHeld)) {
      aggregatesHeld = why;
      halts.tell(Halts.Kind.AGGREGATES, "", 1, why);
    }
  }

  /** So many are set apart. */
  void minutesMissing(long count) {
    String why = count == 0 ? "" : "could not be stored; minute.set-apart in the ledger names them";
    halts.tell(Halts.Kind.MINUTES_MISSING, "", count, why);
  }

  void setAside(SetAside aside, List<PartitionIntake> intakes) {
    var full = new ArrayList<Integer>();
    for (PartitionIntake intake : intakes) {
      if (intake.isFull()) {
        full.add(intake.partition());
      }
      held(intake.partition(), intake.waitsFor());
    }
    setAside = new PipelineStatus.Aside(aside.counts(), aside.bytes(), full);
  }

  // Each round tells it of each partition: only what changed is worth a step.
  private void held(int partition, String why) {
    if (!why.equals(held.get(partition))) {
      held.set(partition, why);
      halts.tell(Halts.Kind.PARTITION_WAITS, named(partition), 1, why);
    }
  }

  void maintenance(String trouble) {
    maintenance = trouble;
    halts.tell(Halts.Kind.HOUSEKEEPING, "", 1, trouble);
  }

  /**
   * @param first one of those objects, or empty
   */
  void leavesGone(int objects, String first) {
    halts.tell(Halts.Kind.LEAVES_GONE, "", objects, first);
  }

  /**
   * @param why it failed, or empty
   */
  void retention(String why) {
    halts.tell(Halts.Kind.LOG_RETENTION, "", 1, why);
  }

  /** So many more are gone, of those that were acknowledged; and so many all in all. */
  void missing(long more, long all) {
    counters.add("pipeline.missing", "records", more);
    missing = all;
  }

  void stopped(String why) {
    stopped = why;
    halts.tell(Halts.Kind.PIPELINE_STOPPED, "", 1, why);
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
        !aggregatesHeld.isEmpty(),
        setAside,
        stopped,
        maintenance);
  }
}
