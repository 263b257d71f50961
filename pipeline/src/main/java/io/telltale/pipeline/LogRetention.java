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

  private final RecordLog log;
  private final long keptNanos;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();

  /** What was committed at a time. */
  private static final class Sample {
    private final long nanos;
    private final long[] offsets;

    Sample(long nanos, long[] offsets) {
      this.nanos = nanos;
      this.offsets = offsets;
    }
  }

  LogRetention(RecordLog log, long keptNanos) {
    this.log = log;
    this.keptNanos = keptNanos;
  }

  /**
   * @param offsets committed now, by partition; zero keeps a partition's records
   */
  void reached(long[] offsets) {
    long now = System.nanoTime();
    if (samples.isEmpty() || now - samples.getLast().nanos >= SAMPLE_NANOS) {
      samples.add(new Sample(now, offsets));
    }
    if (now - samples.getFirst().nanos < keptNanos) {
      return;
    }
    try {
      log.dropBefore(samples.removeFirst().offsets);
    } catch (UnavailableException e) {
      LOG.log(Level.WARNING, "log.retention.failed why={0}", e.getMessage());
    }
  }
}
