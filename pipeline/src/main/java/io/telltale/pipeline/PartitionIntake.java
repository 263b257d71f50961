package io.telltale.pipeline;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.RecordOpener;
import io.telltale.keys.RecordOpener.Opened;
import io.telltale.log.RecordLog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;

/** Takes the entries of one partition, in order, as far as they can be opened now. */
final class PartitionIntake implements AutoCloseable {
  private static final Logger LOG = System.getLogger("io.telltale.pipeline");

  private final int partition;
  private final PipelineParts parts;
  private final RecordOpener opener;
  private final RecordSteps steps;
  private final StateStore store;
  private final Isolation isolation;
  private long next;
  private long receivedMillis;
  private boolean moved;
  private boolean held;

  PartitionIntake(
      int partition,
      PipelineParts parts,
      StateStore.Position position,
      RecordSteps steps,
      StateStore store,
      Isolation isolation) {
    this.partition = partition;
    this.parts = parts;
    this.steps = steps;
    this.store = store;
    this.isolation = isolation;
    this.next = position.next();
    this.receivedMillis = position.receivedMillis();
    this.opener = parts.openers().open(partition, position.openerState());
  }

  /** Takes up to {@code entriesMax} entries, until {@code into} is full; how many it took. */
  int take(Gathered into, int entriesMax) {
    RecordLog log = parts.log();
    held = false;
    if (log.end(partition) == next) {
      return 0;
    }
    if (log.end(partition) < next || log.start(partition) > next) {
      throw new CorruptException(
          "partition %d of the log has %d to %d, but the pipeline goes on at %d"
              .formatted(partition, log.start(partition), log.end(partition), next));
    }
    List<RecordLog.Stored> entries = log.read(partition, next, parts.settings().readBytesMax());
    int taken = 0;
    for (RecordLog.Stored entry : entries) {
      if (taken == entriesMax
          || into.bytes() >= parts.settings().bytesMax()
          || !take(entry, into)) {
        break;
      }
      next++;
      moved = true;
      taken++;
    }
    return taken;
  }

  /** False when the entry cannot be opened now: it and all behind it wait. */
  private boolean take(RecordLog.Stored entry, Gathered into) {
    if (entry.offset() != next) {
      throw new CorruptException(
          "partition %d of the log goes on at %d, not at %d"
              .formatted(partition, entry.offset(), next));
    }
    into.weigh(entry.body().size());
    var place = new RecordSteps.Place(partition, next);
    try {
      return isolation.isGivenUp(place) ? giveUp(entry, into) : takeOpened(entry, into);
    } catch (UnavailableException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      throw new EntryFailedException(place, e);
    }
  }

  private boolean takeOpened(RecordLog.Stored entry, Gathered into) {
    switch (opened(entry)) {
      case Opened.Announced announced -> into.other(partition, next);
      case Opened.Rejected rejected ->
          reject(entry, new Rejected(rejected.why(), Optional.empty()), into);
      case Opened.Unavailable unavailable -> {
        held = true;
        return false;
      }
      case Opened.Authentic authentic -> take(entry, authentic, into);
    }
    return true;
  }

  // Its lease's counter moves, if that is possible, so that nothing behind it looks like a gap.
  private boolean giveUp(RecordLog.Stored entry, Gathered into) {
    Optional<DeviceId> device = Optional.empty();
    try {
      if (opened(entry) instanceof Opened.Authentic record) {
        receivedMillis = record.origin().received().toEpochMilli();
        device = Optional.of(record.origin().device());
      }
    } catch (RuntimeException | StackOverflowError e) {
      LOG.log(Level.DEBUG, "record.unopened partition={0} offset={1}", partition, next);
    }
    reject(entry, new Rejected(Why.NOT_PROCESSED, device), into);
    return true;
  }

  /** Why an entry is not stored, and whose it is when that could be read. */
  private record Rejected(String why, Optional<DeviceId> device) {}

  private Opened opened(RecordLog.Stored entry) {
    try {
      return opener.open(entry.body());
    } catch (UnavailableException e) {
      return new Opened.Unavailable("key-service-unreachable");
    }
  }

  private void take(RecordLog.Stored entry, Opened.Authentic record, Gathered into) {
    receivedMillis = record.origin().received().toEpochMilli();
    var place = new RecordSteps.Place(partition, next);
    switch (steps.take(place, record, into)) {
      case RecordSteps.Outcome.Stored stored -> {}
      case RecordSteps.Outcome.Duplicate duplicate -> into.duplicate(partition, next);
      case RecordSteps.Outcome.Refused refused ->
          reject(entry, new Rejected(refused.why(), Optional.of(record.origin().device())), into);
    }
  }

  // The entry goes in as it came, sealed: whoever may open its scope can still read it, and when
  // that key is destroyed the dead letter dies with it.
  private void reject(RecordLog.Stored entry, Rejected rejected, Gathered into) {
    LOG.log(
        Level.DEBUG,
        "record.rejected partition={0} offset={1} why={2}",
        partition,
        next,
        rejected.why());
    into.dead(
        new CommitWork.DeadLetter(
            partition,
            next,
            rejected.why(),
            rejected.device(),
            parts.clock().millis(),
            store.sealDeadLetter(partition, next, entry.body())));
  }

  int partition() {
    return partition;
  }

  long next() {
    return next;
  }

  /** Whether it moved since {@link #committed()}. */
  boolean moved() {
    return moved;
  }

  void committed() {
    moved = false;
  }

  /** Whether it waits for a key. */
  boolean isHeld() {
    return held;
  }

  boolean lags() {
    return parts.log().end(partition) > next;
  }

  /** When the last record that it took was received. */
  long receivedMillis() {
    return receivedMillis;
  }

  StateStore.Position position() {
    return new StateStore.Position(next, receivedMillis, opener.state());
  }

  @Override
  public void close() {
    opener.close();
  }
}
