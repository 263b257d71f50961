package io.telltale.pipeline.intake;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.LeaseMemory;
import io.telltale.leases.RecordOpener;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.log.Lockstep;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.PipelineParts;
import io.telltale.pipeline.Place;
import io.telltale.pipeline.intake.RecordSteps.Coming;
import io.telltale.pipeline.letters.DeadLetter;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.pipeline.runs.Doors;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Takes the entries of one partition, in order, as far as they can be opened now. */
public final class PartitionIntake implements AutoCloseable {
  private static final int SHARE_PARTS = 8;

  private static final Logger LOG = System.getLogger("io.telltale.pipeline");

  private final int partition;
  private final PipelineParts parts;
  private final RecordOpener opener;
  private final RecordSteps steps;
  private final Isolation isolation;
  private final SetAside aside;
  private final Doors doors;
  private long next;
  private long receivedMillis;
  private boolean moved;
  private boolean held;
  private boolean full;
  private boolean leftSome;
  // Bytes that it took in this round.
  private int read;

  /** What is stored of a partition's leases. */
  @FunctionalInterface
  public interface Leases {
    /**
     * @param expected whether more is to come of a door's instance
     */
    LeaseMemory of(int partition, Predicate<Bytes> expected);
  }

  /** What the intakes of one worker share. */
  public record Shared(
      PipelineParts parts,
      RecordSteps steps,
      Leases leases,
      Isolation isolation,
      SetAside aside,
      Doors doors) {}

  public PartitionIntake(int partition, PartitionState from, Shared shared) {
    this.partition = partition;
    this.parts = shared.parts();
    this.steps = shared.steps();
    this.isolation = shared.isolation();
    this.aside = shared.aside();
    this.doors = shared.doors();
    this.next = from.next();
    this.receivedMillis = from.receivedMillis();
    this.opener =
        parts
            .openers()
            .open(
                partition,
                from.openerState(),
                shared
                    .leases()
                    .of(partition, instance -> doors.expects(instance, partition, next)));
  }

  /**
   * Takes up to {@code entriesMax} entries that lie before {@code positionMax} of the log, until
   * {@code into} is full; how many it took. It goes on past that position where these are less than
   * an eighth of a read: however slow the last one is, and whoever fills the log, so much of each
   * turn is for everyone. One that waited reads one entry, to see whether it still does.
   */
  public int take(Gathered into, int entriesMax, long positionMax) {
    int bytesMax = parts.settings().readBytesMax();
    read = 0;
    int taken = take(into, entriesMax, bytesMax, positionMax);
    int left = Math.max(1, bytesMax / SHARE_PARTS) - read;
    boolean goesOn =
        left > 0 && taken < entriesMax && !held && lags() && isolation.takes(nextPlace());
    return goesOn && !into.isFull(parts.settings().bytesMax())
        ? taken + take(into, entriesMax - taken, left, Long.MAX_VALUE)
        : taken;
  }

  private int take(Gathered into, int entriesMax, int bytesMax, long positionMax) {
    RecordLog log = parts.log();
    leftSome = false;
    long toCome = toCome();
    if (log.end(partition) == next) {
      return 0;
    }
    if (log.end(partition) < next || log.start(partition) > next) {
      throw new CorruptException(
          "partition %d of the log has %d to %d, but the pipeline goes on at %d"
              .formatted(partition, log.start(partition), log.end(partition), next));
    }
    if (!isolation.takes(nextPlace())) {
      return 0;
    }
    List<RecordLog.Stored> entries = log.read(partition, next, held ? 1 : bytesMax, positionMax);
    int taken = 0;
    long end = doors.nextEnd(partition, next);
    for (RecordLog.Stored entry : entries) {
      if (next == end) {
        judge();
        end = doors.nextEnd(partition, next);
      }
      boolean mayTake = taken < entriesMax && isolation.takes(place(entry));
      if (!mayTake || isFull(entry, into)) {
        break;
      }
      // Only trying it tells whether it still waits.
      held = false;
      full = false;
      if (!take(entry, into)) {
        break;
      }
      read += entry.body().size();
      next++;
      moved = true;
      taken++;
    }
    leftSome = taken == entries.size() && taken < toCome;
    return taken;
  }

  /** False when the entry cannot be opened now: it and all behind it wait. */
  private boolean take(RecordLog.Stored entry, Gathered into) {
    if (entry.offset() != next) {
      throw new CorruptException(
          "partition %d of the log goes on at %d, not at %d"
              .formatted(partition, entry.offset(), next));
    }
    return guarded(entry, into, () -> takeNext(entry, into));
  }

  // What ran out of memory before has a commit of its own.
  private boolean isFull(RecordLog.Stored entry, Gathered into) {
    if (into.entries() > 0 && isolation.takesAlone(place(entry))) {
      into.close();
    }
    return into.isFull(parts.settings().bytesMax());
  }

  /** What may fail for an entry's own sake. */
  @FunctionalInterface
  private interface Taking {
    boolean take();
  }

  private boolean guarded(RecordLog.Stored entry, Gathered into, Taking taking) {
    boolean alone = into.entries() == 0;
    try {
      boolean taken = taking.take();
      if (!taken) {
        isolation.waits(place(entry));
        return false;
      }
      // What waits weighs nothing: it is looked at in every round.
      into.weigh(entry.body().size());
      if (isolation.takesAlone(place(entry))) {
        into.close();
      }
      return true;
    } catch (UnavailableException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      throw new EntryFailedException(place(entry), alone, e);
    }
  }

  private Place nextPlace() {
    return new Place(partition, next);
  }

  private Place place(RecordLog.Stored entry) {
    return new Place(partition, entry.offset());
  }

  private boolean takeNext(RecordLog.Stored entry, Gathered into) {
    // First of all: once one of its lease were opened before them, those that wait never could be.
    if (!aside.isEmpty()) {
      Optional<Scope> scope = opener.scope(entry.body());
      if (scope.isPresent() && aside.holds(partition, scope.get())) {
        return setAside(entry, scope.get(), into);
      }
    }
    if (isolation.isGivenUp(place(entry))) {
      return giveUp(entry, into);
    }
    Opened opened = opened(entry);
    if (opened instanceof Opened.Closed closed) {
      return setAside(entry, closed.scope(), into);
    }
    boolean taken = takeOpened(entry, opened, Coming.NEW, into);
    if (opened instanceof Opened.Authentic record) {
      receivedMillis = record.origin().received().toEpochMilli();
    }
    held = !taken;
    return taken;
  }

  private boolean setAside(RecordLog.Stored entry, Scope scope, Gathered into) {
    var waits =
        new SetAside.Entry(partition, entry.offset(), scope, parts.clock().millis(), entry.body());
    if (!aside.add(waits)) {
      held = true;
      full = true;
      return false;
    }
    opener.setAside(entry.body());
    into.setAside(waits);
    return true;
  }

  /** False when the entry cannot be opened now. */
  private boolean takeOpened(RecordLog.Stored entry, Opened opened, Coming how, Gathered into) {
    switch (opened) {
      case Opened.Announced announced -> into.other(partition, entry.offset());
      case Opened.Rejected rejected -> reject(entry, rejected.why(), Optional.empty(), into);
      case Opened.Closed closed -> {
        return false;
      }
      case Opened.Unavailable unavailable -> {
        return false;
      }
      case Opened.Authentic record ->
          take(entry, new RecordSteps.Arrival(place(entry), record, how), into);
    }
    return true;
  }

  /**
   * Takes what was set aside of a scope, in order, up to {@code entriesMax} and until {@code into}
   * is full; false when the scope is closed still, or again.
   */
  public boolean resume(Scope scope, Gathered into, int entriesMax) {
    long after = -1;
    int taken = 0;
    while (taken < entriesMax && aside.holds(partition, scope)) {
      List<RecordLog.Stored> page =
          aside.page(partition, scope, after, parts.settings().readBytesMax());
      if (page.isEmpty()) {
        throw new CorruptException(
            "set-aside records of partition %d are gone".formatted(partition));
      }
      for (RecordLog.Stored entry : page) {
        if (taken == entriesMax || isFull(entry, into)) {
          return true;
        }
        if (!guarded(entry, into, () -> takeAgain(entry, into))) {
          return false;
        }
        var resumed = new SetAside.Resumed(partition, entry.offset(), scope);
        aside.resumed(resumed, entry.body().size());
        into.resumed(resumed);
        // Its counter moved, which is stored with the position.
        moved = true;
        after = entry.offset();
        taken++;
      }
    }
    return true;
  }

  private boolean takeAgain(RecordLog.Stored entry, Gathered into) {
    return isolation.isGivenUp(place(entry))
        ? giveUp(entry, into)
        : takeOpened(entry, opened(entry), Coming.WAITED, into);
  }

  // Its lease's counter moves, if that is possible, so that nothing behind it looks like a gap.
  private boolean giveUp(RecordLog.Stored entry, Gathered into) {
    Optional<Opened.Authentic> opened = Optional.empty();
    try {
      if (opened(entry) instanceof Opened.Authentic record) {
        opened = Optional.of(record);
      }
    } catch (RuntimeException | Error e) {
      LOG.log(Level.DEBUG, "record.unopened partition={0} offset={1}", partition, entry.offset());
    }
    reject(entry, DeadLetterReason.NOT_PROCESSED, opened, into);
    return true;
  }

  private Opened opened(RecordLog.Stored entry) {
    try {
      return opener.open(entry.body());
    } catch (UnavailableException e) {
      return new Opened.Unavailable("key-service-unreachable");
    }
  }

  private void take(RecordLog.Stored entry, RecordSteps.Arrival arrival, Gathered into) {
    long offset = entry.offset();
    switch (steps.take(arrival, into)) {
      case RecordSteps.Outcome.Stored stored -> {}
      case RecordSteps.Outcome.Duplicate duplicate -> into.duplicate(partition, offset);
      case RecordSteps.Outcome.Refused refused ->
          reject(entry, refused.why(), Optional.of(arrival.record()), into);
    }
  }

  private void reject(
      RecordLog.Stored entry, String why, Optional<Opened.Authentic> record, Gathered into) {
    long offset = entry.offset();
    LOG.log(
        Level.DEBUG, "record.rejected partition={0} offset={1} why={2}", partition, offset, why);
    into.dead(new DeadLetter(partition, offset, why, record, parts.clock().millis(), entry.body()));
  }

  public int partition() {
    return partition;
  }

  public long next() {
    return next;
  }

  /** Whether {@code place} is an entry that it has not come to. */
  public boolean isToCome(Place place) {
    return place.partition() == partition && place.offset() >= next;
  }

  /** Whether {@code place} is behind it: it was set aside, or is a letter. */
  public boolean isPast(Place place) {
    return place.partition() == partition && place.offset() < next;
  }

  /** Whether it moved since {@link #committed()}. */
  public boolean moved() {
    return moved;
  }

  public void committed() {
    if (moved) {
      opener.committed();
    }
    moved = false;
  }

  /** Holds what was read so far against what doors have stated. */
  public void judge() {
    doors
        .judge(partition, next, opener::records)
        .ifPresent(remaining -> moved |= opener.keepOnly(remaining));
  }

  /**
   * Where in the log its next entry lies, or {@link Lockstep#NOWHERE}: it has none, or none that
   * could be taken now as far as is known.
   */
  long logPosition() {
    if (held || !lags() || !isolation.takes(nextPlace())) {
      return Lockstep.NOWHERE;
    }
    try {
      return parts.log().position(partition, next);
    } catch (CorruptException e) {
      // Reading it says the same, and halts it.
      LOG.log(Level.DEBUG, "log.position.unknown partition={0} why={1}", partition, e.getMessage());
      return Lockstep.NOWHERE;
    }
  }

  /** Whether the last read was too small for what there was. */
  public boolean leftSome() {
    return leftSome;
  }

  /** Whether it waits for a key. */
  public boolean isHeld() {
    return held;
  }

  /** What it waits for, or empty. */
  public String waitsFor() {
    if (full) {
      return "no more can be set aside: enable or destroy the keys of scopes that are set aside";
    }
    return held ? "a key, or the key service" : "";
  }

  /** Whether it waits because no more can be set aside. */
  public boolean isFull() {
    return full;
  }

  public boolean lags() {
    return toCome() > 0;
  }

  /** How many entries of the log it has not come to. */
  long toCome() {
    return parts.log().end(partition) - next;
  }

  /** When the last record that it took was received. */
  public long receivedMillis() {
    return receivedMillis;
  }

  public Moved reached() {
    return new Moved(partition, next, receivedMillis, opener.kept());
  }

  @Override
  public void close() {
    opener.close();
  }

  /** The offset of each partition up to which all is committed; 0 while one has uncommitted. */
  public static long[] committed(List<PartitionIntake> intakes) {
    long[] offsets = new long[RecordLog.PARTITIONS];
    for (PartitionIntake intake : intakes) {
      offsets[intake.partition()] = intake.moved() ? 0 : intake.next();
    }
    return offsets;
  }
}
