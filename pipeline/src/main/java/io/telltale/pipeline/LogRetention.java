package io.telltale.pipeline;

import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/** Lets go of what the log holds and the lake has had for a while. Not thread-safe. */
final class LogRetention {
  private static final Logger LOG = System.getLogger("io.telltale.pipeline");
  private static final long SAMPLE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final RecordLog log;
  private final Tally tally;
  private final long keptNanos;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();
  private long[] reached = new long[RecordLog.PARTITIONS];
  private long lookedNanos;

  /** What was committed at a time. */
  private static final class Sample {
    private final long nanos;
    private final long[] offsets;

    Sample(long nanos, long[] offsets) {
      this.nanos = nanos;
      this.offsets = offsets;
    }
  }

  LogRetention(RecordLog log, Tally tally, long keptNanos, long nowNanos) {
    this.log = log;
    this.tally = tally;
    this.keptNanos = keptNanos;
    this.lookedNanos = nowNanos;
  }

  /**
   * @param offsets committed now, by partition; zero keeps a partition's records
   */
  void reached(long[] offsets) {
    reached = offsets.clone();
  }

  /**
   * Lets go of what is due, whether or not anything is committed: a disk that processed records
   * have filled must recover by itself, so where the log takes nothing more they go at once.
   */
  void turn(long nowNanos) {
    if (samples.isEmpty() || nowNanos - samples.getLast().nanos >= SAMPLE_NANOS) {
      samples.add(new Sample(nowNanos, reached));
    }
    if (nowNanos - samples.getFirst().nanos >= keptNanos) {
      drop(samples.removeFirst().offsets);
    }
    if (nowNanos - lookedNanos >= LOOK_NANOS) {
      lookedNanos = nowNanos;
      if (!log.available()) {
        drop(reached);
      }
    }
  }

  private void drop(long[] offsets) {
    try {
      log.dropBefore(offsets);
      tally.retention("");
    } catch (UnavailableException e) {
      LOG.log(Level.WARNING, "log.retention.failed why={0}", e.getMessage());
      tally.retention(String.valueOf(e.getMessage()));
    }
  }
}
