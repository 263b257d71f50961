package io.telltale.pipeline;

import io.telltale.log.EmbeddedLog;
import io.telltale.log.RecordLog;
import java.time.Duration;

/**
 * How the pipeline works.
 *
 * @param commitEvery how long records are gathered before they are committed
 * @param provisionalEvery how often a minute that is not over is told again, but for the first time
 * @param recordsMax a commit takes no more log entries than this
 * @param bytesMax nor more memory than this, about
 * @param readBytesMax what is read of one partition at a time
 * @param lateness how long after its end a minute stays provisional
 * @param idleWait how long to rest where all that there was is taken
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

  public static PipelineSettings standard() {
    return new PipelineSettings(
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        50_000,
        64L << 20,
        EmbeddedLog.RECENT_BYTES / (2 * RecordLog.PARTITIONS),
        Duration.ofSeconds(30),
        Duration.ofMillis(20),
        Duration.ofHours(1),
        new LettersMax(100_000, 1L << 30),
        1L << 30,
        64 << 20,
        180L << 20);
  }

  public PipelineSettings withCommitEvery(Duration interval) {
    return new PipelineSettings(
        interval,
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

  public PipelineSettings withProvisionalEvery(Duration interval) {
    return new PipelineSettings(
        commitEvery,
        interval,
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

  public PipelineSettings withRecordsMax(int count) {
    return new PipelineSettings(
        commitEvery,
        provisionalEvery,
        count,
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

  public PipelineSettings withBytesMax(long bytes) {
    return new PipelineSettings(
        commitEvery,
        provisionalEvery,
        recordsMax,
        bytes,
        readBytesMax,
        lateness,
        idleWait,
        logKept,
        lettersMax,
        setAsideBytesMax,
        leaseBytesMax,
        windowBytesMax);
  }

  public PipelineSettings withReadBytesMax(int bytes) {
    return new PipelineSettings(
        commitEvery,
        provisionalEvery,
        recordsMax,
        bytesMax,
        bytes,
        lateness,
        idleWait,
        logKept,
        lettersMax,
        setAsideBytesMax,
        leaseBytesMax,
        windowBytesMax);
  }

  public PipelineSettings withLogKept(Duration time) {
    return new PipelineSettings(
        commitEvery,
        provisionalEvery,
        recordsMax,
        bytesMax,
        readBytesMax,
        lateness,
        idleWait,
        time,
        lettersMax,
        setAsideBytesMax,
        leaseBytesMax,
        windowBytesMax);
  }

  public PipelineSettings withSetAsideBytesMax(long bytes) {
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
        bytes,
        leaseBytesMax,
        windowBytesMax);
  }

  public PipelineSettings withLeaseBytesMax(int bytes) {
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
        bytes,
        windowBytesMax);
  }

  public PipelineSettings withWindowBytesMax(long bytes) {
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
        bytes);
  }
}
