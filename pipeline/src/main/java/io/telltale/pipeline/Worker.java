package io.telltale.pipeline;

import io.telltale.engine.EngineFailedException;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeWriter;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.intake.Gathered;
import io.telltale.pipeline.intake.Isolation;
import io.telltale.pipeline.intake.LettersAgain;
import io.telltale.pipeline.intake.Moved;
import io.telltale.pipeline.intake.PartitionIntake;
import io.telltale.pipeline.intake.PartitionState;
import io.telltale.pipeline.intake.RecordSteps;
import io.telltale.pipeline.intake.Trust;
import io.telltale.pipeline.intake.Turns;
import io.telltale.pipeline.leaves.StoredBatch;
import io.telltale.pipeline.leaves.StoredLeaves;
import io.telltale.pipeline.letters.LetterSeal;
import io.telltale.pipeline.letters.LettersTrim;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.pipeline.minutes.FinalMinutes;
import io.telltale.pipeline.minutes.MinuteSearch;
import io.telltale.pipeline.minutes.MinuteState;
import io.telltale.pipeline.minutes.Minutes;
import io.telltale.pipeline.minutes.PastWaits;
import io.telltale.pipeline.runs.DoorRun;
import io.telltale.pipeline.runs.Doors;
import io.telltale.pipeline.windows.DeviceWindows;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All partitions, from the stored positions on. After any exception it is thrown away, and another
 * one starts from what is stored: that is how every failure is undone. Not thread-safe.
 */
final class Worker implements AutoCloseable {
  private static final Logger LOG = System.getLogger("io.telltale.pipeline");

  private final PipelineParts parts;
  private final StateStore store;
  private final long generation;
  private final Tally tally;
  private final FaultPoint faults;
  private final FinalMinutes past;
  private final Minutes minutes;
  private final RecordSteps steps;
  private final LeafArrays leaves;
  private final LeafUpkeep leafUpkeep;
  private final Isolation isolation;
  private final SetAside aside;
  private final Doors doors;
  private final LetterSeal letters;
  private final LettersAgain lettersAgain;
  private final List<PartitionIntake> intakes = new ArrayList<>();
  private final Turns turns;
  private Gathered gathered = new Gathered();
  private final StateAge age;
  private long lastCommitNanos;
  private long lastProvisionalNanos;
  private long lastResumeNanos;
  private long lastJudgedNanos;
  private long commits;
  private long nextBatch;
  private boolean idle;
  private boolean hurried;
  // Of the commit under way.
  private boolean withAggregates;

  /** What every worker of one pipeline shares. */
  record Shared(
      PipelineParts parts,
      StateStore store,
      StateAge age,
      Trust trust,
      long generation,
      Tally tally,
      Isolation isolation,
      PastWaits past,
      FaultPoint faults) {}

  Worker(Shared shared) {
    this.parts = shared.parts();
    this.store = shared.store();
    this.generation = shared.generation();
    this.tally = shared.tally();
    this.isolation = shared.isolation();
    this.faults = shared.faults();
    this.age = shared.age();
    this.doors = new Doors(parts.doors(), store.doors());
    this.leaves = new LeafArrays(parts.database(), parts.objects());
    this.leafUpkeep = new LeafUpkeep(leaves, tally, parts.settings().commitEvery().toNanos());
    this.aside = SetAside.load(parts.database(), parts.settings().setAsideBytesMax());
    this.past = new FinalMinutes(parts, store, shared.past(), StateAge.MINUTES_KEPT);
    this.minutes = new Minutes(store, past, parts.settings().lateness().toMillis());
    this.steps =
        new RecordSteps(
            shared.trust(),
            parts.policies(),
            minutes,
            DeviceWindows.within(parts.settings().windowBytesMax(), store),
            parts.devices());
    this.turns = new Turns(intakes, parts.settings().readBytesMax());
    this.letters = new LetterSeal(parts, store);
    this.lettersAgain = new LettersAgain(parts, steps, isolation, past);
    this.lastCommitNanos = nanos() - parts.settings().commitEvery().toNanos();
    this.lastProvisionalNanos = nanos() - parts.settings().provisionalEvery().toNanos();
    this.lastResumeNanos = nanos() - parts.settings().commitEvery().toNanos();
    this.lastJudgedNanos = lastResumeNanos;
    try {
      startAll(store.positions());
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void startAll(List<PartitionState> positions) {
    leaves.sweep();
    nextBatch = leaves.next();
    tally.missing(0, doors.missing());
    if (age.isTurn()) {
      tally.minutesMissing(store.minutesApart(age.kept()));
    }
    doors.refresh();
    var leases = StoredLeases.of(store, parts.settings());
    var of = new PartitionIntake.Shared(parts, steps, leases, isolation, aside, doors);
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      tally.reached(partition, positions.get(partition).next());
      if (!tally.isHalted(partition)) {
        start(partition, positions.get(partition), of);
      }
    }
  }

  private void start(int partition, PartitionState position, PartitionIntake.Shared of) {
    try {
      intakes.add(new PartitionIntake(partition, position, of));
    } catch (CorruptException e) {
      halt(partition, e);
    }
  }

  private void halt(int partition, CorruptException e) {
    String why = String.valueOf(e.getMessage());
    isolation.halted(partition);
    tally.halt(partition, why);
    LOG.log(Level.ERROR, "pipeline.partition.halted partition={0} why={1}", partition, why);
  }

  /** Takes what there is and commits when it is time; whether there was anything to do. */
  boolean round() {
    idle = false;
    boolean resumed = !isolation.looksAmong(false) && resume();
    if (isolation.looksAmong(true)) {
      return resumed;
    }
    int entriesMax = Math.min(parts.settings().recordsMax(), isolation.commitMax());
    int taken = takeUpTo(entriesMax - gathered.entries());
    long every = parts.settings().commitEvery().toNanos();
    boolean timeUp = nanos() - lastCommitNanos >= every;
    boolean full = gathered.entries() >= entriesMax || gathered.isFull(parts.settings().bytesMax());
    if (full || (timeUp && (gathered.entries() > 0 || nanos() - lastJudgedNanos >= every))) {
      judge();
    }
    boolean due =
        gathered.entries() > 0
            || minutes.isDue(watermark(), provisional(), isolation::holds)
            || doors.hasChanged();
    if (full || (timeUp && due)) {
      commit(false);
    }
    boolean searched = gathered.entries() == 0 && searchMinutes();
    tally.setAside(aside, intakes);
    boolean busy = resumed || taken > 0;
    hurried = resumed || full || intakes.stream().anyMatch(PartitionIntake::leftSome);
    idle = timeUp && !busy && !searched && gathered.entries() == 0;
    return busy;
  }

  /** For a quarter of the time between commits, until one fails; whether there was any to try. */
  private boolean searchMinutes() {
    long began = nanos();
    long nanosMax = parts.settings().commitEvery().toNanos() / 4;
    boolean any = false;
    boolean more = isolation.looksAmongMinutes();
    while (more) {
      var turn =
          new MinuteSearch.Turn(minutes, watermark(), parts.scopes(), some -> store(false, some));
      more = isolation.minutes().step(turn);
      any |= more;
      more &= isolation.looksAmongMinutes() && nanos() - began < nanosMax;
    }
    return any;
  }

  private int takeUpTo(int room) {
    isolation.looksForAlone();
    turns.begin(isolation.first());
    int taken = 0;
    boolean halted = false;
    for (PartitionIntake intake : turns.order(isolation.first())) {
      if (taken == room || gathered.isFull(parts.settings().bytesMax())) {
        break;
      }
      try {
        int some = intake.take(gathered, room - taken, turns.positionMax(intake));
        taken += some;
        if (some > 0 && (taken == room || gathered.isFull(parts.settings().bytesMax()))) {
          turns.filled(intake.partition());
        }
        if (some == 0 && gathered.entries() == 0) {
          isolation.nothingMore(intake::isToCome);
        }
      } catch (CorruptException e) {
        halt(intake.partition(), e);
        halted = true;
      }
    }
    if (halted) {
      // What the damaged partition gave before is not committed without it: start again without.
      throw new RestartException();
    }
    if (gathered.entries() == 0) {
      isolation.allWait(false);
    }
    return taken;
  }

  /**
   * Between commits of what comes, commits some dead letters that are asked for and what was set
   * aside of scopes that are not closed any more, for as long as one of those takes; whether there
   * was any.
   */
  private boolean resume() {
    long began = nanos();
    long nanosMax = parts.settings().commitEvery().toNanos();
    if (gathered.entries() > 0 || began - lastResumeNanos < nanosMax) {
      return false;
    }
    isolation.looksForAlone();
    boolean any = takeLettersAgain();
    boolean timeUp = false;
    for (Scope scope : aside.scopes()) {
      boolean more = !timeUp && parts.scopes().of(scope) != ScopeGate.Use.HELD;
      while (more && !timeUp) {
        more = resume(scope);
        any |= more;
        timeUp = nanosMax > 0 && nanos() - began > nanosMax;
      }
    }
    if (!any) {
      isolation.allWait(true);
    }
    if (!timeUp) {
      isolation.nothingMore(place -> intakes.stream().anyMatch(intake -> intake.isPast(place)));
    }
    lastResumeNanos = timeUp ? began : nanos();
    return any;
  }

  private boolean takeLettersAgain() {
    lettersAgain.take(gathered);
    if (gathered.entries() == 0) {
      return false;
    }
    commit(true);
    return true;
  }

  private boolean resume(Scope scope) {
    int entriesMax = Math.min(parts.settings().recordsMax(), isolation.commitMax());
    boolean open = true;
    for (PartitionIntake intake : turns.order(isolation.first())) {
      boolean full =
          gathered.entries() >= entriesMax || gathered.isFull(parts.settings().bytesMax());
      if (open && !full) {
        open = intake.resume(scope, gathered, entriesMax - gathered.entries());
      }
    }
    if (gathered.entries() == 0) {
      return false;
    }
    commit(true);
    return true;
  }

  // What was taken so far is what the commit is about to store.
  private void judge() {
    lastJudgedNanos = nanos();
    doors.refresh();
    intakes.forEach(PartitionIntake::judge);
    doors.tidy();
  }

  /** No record received before then is still to come, but from partitions that wait for a key. */
  private long watermark() {
    long watermark = parts.clock().millis();
    for (PartitionIntake intake : intakes) {
      if (intake.lags() && !intake.isHeld()) {
        watermark = Math.min(watermark, intake.receivedMillis());
      }
    }
    return watermark;
  }

  private boolean provisional() {
    return nanos() - lastProvisionalNanos >= parts.settings().provisionalEvery().toNanos();
  }

  private void commit(boolean late) {
    try {
      tryCommit(late);
    } catch (EngineFailedException e) {
      // Not the machine's fault, or it could not have been opened: less of it may pass.
      commitFailed(late);
      throw e;
    } catch (OutOfMemoryError e) {
      // It may be another's fault: less may pass.
      Place first = gathered.first();
      if (first != null && gathered.entries() == 1) {
        isolation.ranOutOfMemory(first, true, e);
      } else {
        commitFailed(late);
      }
      throw e;
    } catch (UnavailableException | CorruptException | FencedException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      commitFailed(late);
      throw e;
    }
  }

  private void commitFailed(boolean late) {
    var ends = new ArrayList<>(Collections.nCopies(RecordLog.PARTITIONS, 0L));
    intakes.forEach(intake -> ends.set(intake.partition(), intake.next()));
    isolation.commitFailed(
        new Isolation.Failed(gathered.entries(), gathered.first(), late, ends, withAggregates));
  }

  private void tryCommit(boolean late) {
    lastCommitNanos = nanos();
    withAggregates = true;
    boolean provisional = provisional() || minutes.hasNew(isolation::holds);
    if (provisional) {
      lastProvisionalNanos = lastCommitNanos;
    }
    ScopeGate gate =
        scope -> isolation.holds(scope) ? ScopeGate.Use.HELD : parts.scopes().of(scope);
    Minutes.Revised revised = minutes.revise(watermark(), provisional, gate);
    withAggregates = !revised.rows().isEmpty();
    if (gathered.entries() > 0 || !revised.isNothing() || doors.hasChanged()) {
      store(late, revised);
    }
  }

  private void store(boolean late, Minutes.Revised revised) {
    boolean rows = !gathered.rows().isEmpty() || !revised.rows().isEmpty();
    List<LetterSeal.Sealed> sealed = letters.seal(gathered.deadLetters());
    faults.reached("before-prepare");
    LakeWriter.Prepared prepared =
        rows ? parts.writer().prepare(gathered.rows(), revised.rows()) : CommitWork.NO_FILES;
    Optional<StoredBatch> batch = StoredBatch.of(nextBatch, gathered.runs(), late);
    Optional<StoredLeaves> stored;
    try {
      faults.reached("before-leaves");
      stored = batch.map(leaves::store);
    } catch (RuntimeException | Error e) {
      prepared.abandon();
      throw e;
    }
    faults.reached("before-transaction");
    // From here on the files may be named by a table, even if this thread is told of a failure.
    new CommitWork(content(revised, batch, sealed), prepared, stored).write(parts.database());
    faults.reached("after-transaction");
    minutes.committed(revised);
    isolation.minutes().passed(revised.rows());
    tellApart(revised.apart());
    tellMissing();
    doors.committed();
    steps.windows().committed();
    for (PartitionIntake intake : intakes) {
      intake.committed();
      tally.reached(intake.partition(), intake.next());
    }
    gathered.deadLetters().forEach(letter -> isolation.buried(letter.place()));
    gathered.again().forEach(letter -> isolation.buried(letter.place()));
    nextBatch += batch.isPresent() ? 1 : 0;
    isolation.committed(gathered.entries(), gathered.first(), gathered.records());
    tally.committed(gathered);
    gathered.devices().forEach(parts.devices()::stored);
    gathered = new Gathered();
    if (age.isTurn()) {
      past.forget();
      tally.minutesMissing(store.minutesApart(age.kept()));
    }
    age.committed();
    commits++;
  }

  private void tellApart(List<MinuteState> apart) {
    for (MinuteState state : apart) {
      LOG.log(
          Level.ERROR,
          "pipeline.minute.set-apart scope={0} minute={1}",
          state.key().scope().path(),
          state.numbers().minute());
    }
    if (!apart.isEmpty()) {
      tally.minutesMissing(store.minutesApart(age.kept()));
    }
  }

  private void tellMissing() {
    for (DoorRun.Missing gone : doors.found()) {
      tally.missing(gone.records(), doors.missing());
      LOG.log(
          Level.ERROR, "incident.missing {0} {1}", gone.subject(), new TreeMap<>(gone.details()));
    }
  }

  private CommitWork.Content content(
      Minutes.Revised revised, Optional<StoredBatch> batch, List<LetterSeal.Sealed> dead) {
    List<Moved> moved =
        intakes.stream().filter(PartitionIntake::moved).map(PartitionIntake::reached).toList();
    return new CommitWork.Content(
        generation,
        moved,
        steps.windows().sealed(age.day()),
        revised.states().stream().map(store::sealed).toList(),
        revised.forgotten().stream().map(store::idOf).toList(),
        parts.self().tenant(),
        dead,
        gathered.again(),
        gathered.setAside(),
        gathered.resumed(),
        new CommitEvents(parts, aside).of(gathered, doors.found(), batch, revised.apart()),
        Optional.of(store.sealDoors(doors.encode())),
        age.minutes(),
        expiry(),
        dead.isEmpty() ? Optional.empty() : Optional.of(new LettersTrim(parts)));
  }

  private Optional<CommitWork.Expiry> expiry() {
    // What is set aside may change minutes of the time when it came.
    return age.expiry(Math.min(parts.clock().millis(), aside.oldestMillis()));
  }

  private long nanos() {
    return parts.nanoTime().getAsLong();
  }

  void mergeLeaves() {
    leafUpkeep.turn(commits, nanos());
  }

  /** Commits the lake's housekeeping that is due, for a quarter of the time between commits. */
  void maintain() {
    long began = nanos();
    long nanosMax = parts.settings().commitEvery().toNanos() / 4;
    Optional<LakeWriter.Prepared> due = parts.writer().maintain();
    while (due.isPresent()) {
      new CommitWork(CommitWork.Content.nothing(generation), due.get(), Optional.empty())
          .write(parts.database());
      due = nanos() - began < nanosMax ? parts.writer().maintain() : Optional.empty();
    }
  }

  /** The offsets that are committed, by partition; what comes before is no longer needed. */
  long[] committed() {
    return PartitionIntake.committed(intakes);
  }

  /** How long to rest behind the last round: not at all, if it left what it could have taken. */
  long restMillis() {
    return hurried ? 0 : parts.settings().restMillis(nanos() - lastCommitNanos);
  }

  /** Whether the last round found nothing to take, and all that was due is committed. */
  boolean isIdle() {
    return idle;
  }

  long commits() {
    return commits;
  }

  @Override
  public void close() {
    intakes.forEach(PartitionIntake::close);
  }
}
