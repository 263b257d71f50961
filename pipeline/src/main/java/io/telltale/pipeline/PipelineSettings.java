package io.telltale.pipeline;

import java.time.Duration;

/**
 * How the pipeline works.
 *
 * @param commitEvery how long records are gathered before they are committed
 * @param provisionalEvery how often a minute that is not over is told again, but for the first time
 * @param recordsMax a commit takes no more log entries than this
 * @param bytesMax nor more memory than this, about
 * @param readBytesMax what is read of one partition at a time, and an eighth of what one round goes
 *     on in the log
 * @param lateness how long after its end a minute stays provisional
 * @param idleWait how long to rest at least where all that there was is taken
 * @param logKept how long processed records stay in the log
 * @param lettersMax of dead letters: whoever has most loses its oldest when there are more
 * @param setAsideBytesMax of records that wait for closed scopes, on disk; where there are more,
 *     their partitions wait
 * @param leaseBytesMax memory for leases and the keys that follow from them, of all partitions
 * @param windowBytesMax memory for sequence windows, and for what is not stored whole of them
 */
public record PipelineSettings(
    Duration commitEvery,
    Duration provisionalEvery,
    int recordsMax,
    long bytesMax,
    int readBytesMax,
    Duration lateness,
    Duration idleWait,
    Duration logKept,
    LettersMax lettersMax,
    long setAsideBytesMax,
    int leaseBytesMax,
    long windowBytesMax) {
  /** A round goes over so many reads of the log: no partition of several has more than one. */
  public static final int ROUND_READS = 8;

  private static final int RESTS_MAX = 5;

  /**
   * How long to rest where all that there was is taken, {@code sinceCommit} nanoseconds after the
   * last commit. Before the next one is due, what comes meanwhile is as early in it when it is
   * taken later, and cheaper together: up to five times as long then.
   */
  long restMillis(long sinceCommit) {
    long untilDue = Duration.ofNanos(commitEvery.toNanos() - sinceCommit).toMillis();
    long rest = idleWait.toMillis();
    return Math.max(rest, Math.min(RESTS_MAX * rest, untilDue));
  }

  /** How many dead letters there may be, and how many bytes all of them may have. */
  public record LettersMax(long letters, long bytes) {
    public LettersMax {
      if (letters < 1 || bytes < 1) {
        throw new IllegalArgumentException("bounds must be positive");
      }
    }
  }

  public PipelineSettings {
    boolean bounded = recordsMax > 0 && bytesMax > 0 && readBytesMax > 0;
    if (!bounded || setAsideBytesMax < 0) {
      throw new IllegalArgumentException("bounds must be positive");
    }
  }

  /**
   * What a server has that sets nothing.
   *
   * @param logRecentBytes what the log keeps of what was read last: a round goes on a quarter of it
   */
  public static PipelineSettings standard(int logRecentBytes) {
    return new PipelineSettings(
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        50_000,
        64L << 20,
        logRecentBytes / (4 * ROUND_READS),
        Duration.ofSeconds(30),
        Duration.ofMillis(20),
        Duration.ofHours(1),
        new LettersMax(100_000, 1L << 30),
        1L << 30,
        64 << 20,
        180L << 20);
  }

  /** The same, of which some are to be others. */
  public Builder but() {
    return new Builder(this);
  }

  /** Settings being made. */
  public static final class Builder {
    private Duration commitEvery;
    private Duration provisionalEvery;
    private int recordsMax;
    private long bytesMax;
    private int readBytesMax;
    private final Duration lateness;
    private final Duration idleWait;
    private Duration logKept;
    private LettersMax lettersMax;
    private long setAsideBytesMax;
    private int leaseBytesMax;
    private long windowBytesMax;

    private Builder(PipelineSettings from) {
      commitEvery = from.commitEvery;
      provisionalEvery = from.provisionalEvery;
      recordsMax = from.recordsMax;
      bytesMax = from.bytesMax;
      readBytesMax = from.readBytesMax;
      lateness = from.lateness;
      idleWait = from.idleWait;
      logKept = from.logKept;
      lettersMax = from.lettersMax;
      setAsideBytesMax = from.setAsideBytesMax;
      leaseBytesMax = from.leaseBytesMax;
      windowBytesMax = from.windowBytesMax;
    }

    public Builder commitEvery(Duration interval) {
      commitEvery = interval;
      return this;
    }

    public Builder provisionalEvery(Duration interval) {
      provisionalEvery = interval;
      return this;
    }

    public Builder recordsMax(int count) {
      recordsMax = count;
      return this;
    }

    public Builder bytesMax(long bytes) {
      bytesMax = bytes;
      return this;
    }

    public Builder readBytesMax(int bytes) {
      readBytesMax = bytes;
      return this;
    }

    public Builder logKept(Duration time) {
      logKept = time;
      return this;
    }

    public Builder lettersMax(LettersMax max) {
      lettersMax = max;
      return this;
    }

    public Builder setAsideBytesMax(long bytes) {
      setAsideBytesMax = bytes;
      return this;
    }

    public Builder leaseBytesMax(int bytes) {
      leaseBytesMax = bytes;
      return this;
    }

    public Builder windowBytesMax(long bytes) {
      windowBytesMax = bytes;
      return this;
    }

    public PipelineSettings build() {
      return new PipelineSettings(
          commitEvery,
          provisionalEvery,
          recordsMax,
          bytesMax,
          readBytesMax,
          lateness,
          idleWait,
          logKept,
          lettersMax,
          setAsideBytesMax,
          leaseBytesMax,
          windowBytesMax);
    }
  }
}
