package io.telltale.pipeline;

import io.telltale.crypto.Entropy;
import io.telltale.db.Database;
import io.telltale.db.OutboxTable;
import io.telltale.db.StoreDriver;
import io.telltale.db.StoreSeal;
import io.telltale.engine.EngineFailedException;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.UnavailableException;
import io.telltale.pipeline.intake.EntryFailedException;
import io.telltale.pipeline.intake.Isolation;
import io.telltale.pipeline.intake.PartitionState;
import io.telltale.pipeline.intake.Trust;
import io.telltale.pipeline.minutes.PastWaits;
import io.telltale.record.ReadingHash;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * From the log into the lake, exactly once: each commit is one transaction that moves the tables,
 * the offsets, the windows, the aggregates and the events together. What goes wrong is undone by
 * starting again from what is stored.
 */
public final class Pipeline implements AutoCloseable {
  private static final Logger LOG = System.getLogger("io.telltale.pipeline");
  private static final long BACKOFF_MILLIS_MIN = 50;
  private static final long BACKOFF_MILLIS_MAX = 5_000;
  private static final int FRAMES_TOLD = 4;
  // A row a device and minute, each sealed under its own context and held against its MAC before
  // it is written; nothing is taken from dead letters at the start.
  private static final String[] LOOKED_AT_LATER = {
    "pipeline_leases",
    "pipeline_letters",
    "pipeline_minutes",
    "pipeline_replay",
    "pipeline_set_aside"
  };

  private final Worker.Shared shared;
  private final OutboxTable outbox;
  private final LogRetention retention;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private long backoffMillis = BACKOFF_MILLIS_MIN;
  private final Chore leaves;
  private final Chore lake;

  private Pipeline(Worker.Shared shared) {
    this.shared = shared;
    this.leaves = new Chore(shared.parts().nanoTime());
    this.lake = new Chore(shared.parts().nanoTime());
    this.outbox = outboxOf(shared.parts().database());
    this.retention =
        new LogRetention(
            shared.parts().log(),
            shared.tally(),
            shared.parts().settings().logKept().toNanos(),
            shared.parts().nanoTime().getAsLong());
    this.thread = Thread.ofPlatform().name("pipeline").daemon(true).unstarted(this::run);
  }

  /** The tables of {@code lake/pipeline.db}: the lake's and the pipeline's. */
  public static List<String> migrations() {
    return PipelineTables.migrations();
  }

  /** Opens or makes the pipeline's store, its rows authenticated by {@code seal}. */
  public static Database database(StoreDriver driver, StoreSeal seal) {
    StoreSeal ours = seal.lookingLaterAt(LOOKED_AT_LATER).quietAbout(PipelineTables.OUTBOX);
    return Database.open(driver, migrations(), ours);
  }

  /** The events that wait in {@code database} for the ledger: the pipeline's and the lake's. */
  public static OutboxTable outboxOf(Database database) {
    return new OutboxTable(database, "pipeline", PipelineTables.OUTBOX);
  }

  /** Takes the pipeline over: another one on the same database cannot commit any more. */
  public static Pipeline open(PipelineParts parts) {
    return open(parts, step -> {});
  }

  /**
   * Throws {@link CorruptException} where the log ends before what was taken from it: an older one
   * is in its place, and what a door would append to it and acknowledge would never be read.
   *
   * @param end up to which offset a partition goes
   */
  public static void requireLog(Database database, IntToLongFunction end) {
    List<PartitionState> positions = StateStore.positions(database);
    for (int partition = 0; partition < positions.size(); partition++) {
      long next = positions.get(partition).next();
      long ends = end.applyAsLong(partition);
      if (ends < next) {
        throw new CorruptException(
            "the log (log/) is older than what was made of it (lake/pipeline.db), or some of it is"
                + " gone: partition %d ends at %d, and %d was reached. What came now"
                    .formatted(partition, ends, next)
                + " would be acknowledged and never read. Nothing is served from it. "
                + Finding.FROM_A_COPY);
      }
    }
  }

  static Pipeline open(PipelineParts parts, FaultPoint faults) {
    requireLog(parts.database(), parts.log()::end);
    StateStore store = StateStore.open(parts.database(), parts.seal(), parts.entropy());
    var trust = new Trust(parts);
    return new Pipeline(
        new Worker.Shared(
            parts,
            store,
            new StateAge(store.age(), parts.nanoTime()),
            trust,
            store.nextGeneration(),
            new Tally(parts.counters(), parts.halts()),
            new Isolation(
                () -> freeHeap() >= parts.settings().bytesMax(),
                random(parts.entropy()),
                parts.nanoTime()),
            new PastWaits(parts.nanoTime()),
            faults));
  }

  // For orders that nobody chose; no secrets.
  private static RandomGenerator random(Entropy entropy) {
    long seed = ByteBuffer.wrap(entropy.array(Long.BYTES)).getLong();
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  // What is garbage counts as used; but the heap was emptied of it when it ran out.
  private static long freeHeap() {
    Runtime jvm = Runtime.getRuntime();
    return jvm.maxMemory() - jvm.totalMemory() + jvm.freeMemory();
  }

  /** The hash by which the pipeline's windows know a reading: the doors must use the same. */
  public ReadingHash readingHash() {
    return shared.store().readingHash();
  }

  /**
   * Tells the sequence numbers that are used by what still waits in the log; to be called before
   * {@link #start} and before a door opens.
   */
  public void replayWindows(ReplaySink sink) {
    new LogTail(shared.parts(), shared.store()).each(sink);
  }

  public void start() {
    thread.start();
  }

  /** The pipeline's and the lake's events on their way to the ledger. */
  public Outbox outbox() {
    return outbox;
  }

  public PipelineStatus status() {
    return shared.tally().status(shared.parts().log());
  }

  private void run() {
    Worker worker = null;
    while (stopping.getCount() > 0) {
      try {
        shared.tally().aggregatesHeld(shared.isolation().holdsAggregatesFor());
        // Before anything that may need the room.
        retention.turn(shared.parts().nanoTime().getAsLong());
        if (worker == null) {
          worker = newWorker();
          retention.reached(worker.committed());
        }
        turn(worker);
      } catch (RestartException e) {
        worker = discard(worker);
      } catch (EngineFailedException e) {
        worker = discard(worker);
        LOG.log(Level.ERROR, "pipeline.failed why={0}", e.getMessage());
        shared.parts().counters().count("pipeline.failed", "engine");
        shared.isolation().isDoubtful();
        // However it ends, what is away for a moment is given time.
        shared.tally().waits(String.valueOf(e.getMessage()));
        backOff();
      } catch (UnavailableException e) {
        worker = discard(worker);
        LOG.log(Level.WARNING, "pipeline.waits why={0}", e.getMessage());
        shared.tally().waits(String.valueOf(e.getMessage()));
        backOff();
      } catch (CorruptException | FencedException e) {
        LOG.log(Level.ERROR, "pipeline.stopped why={0}", e.getMessage());
        shared.parts().counters().count("pipeline.stopped", "corrupt-or-fenced");
        shared.tally().stopped(String.valueOf(e.getMessage()));
        break;
      } catch (EntryFailedException e) {
        worker = discard(worker);
        LOG.log(
            Level.ERROR,
            "pipeline.entry.failed partition={0} offset={1} why={2}",
            e.place().partition(),
            e.place().offset(),
            told(e.getCause()));
        shared.parts().counters().count("pipeline.failed", "entry");
        blame(e);
        tryAgain();
      } catch (RuntimeException | Error e) {
        // An error, too: without this thread a door would acknowledge for ever what nobody takes.
        worker = discard(worker);
        LOG.log(Level.ERROR, "pipeline.failed why={0}", told(e));
        shared.parts().counters().count("pipeline.failed", "bug");
        tryAgain();
      }
    }
    discard(worker);
  }

  private void blame(EntryFailedException e) {
    if (e.getCause() instanceof OutOfMemoryError why) {
      shared.isolation().ranOutOfMemory(e.place(), e.isAlone(), why);
    } else {
      shared.isolation().entryFailed(e.place());
    }
  }

  // Not its message, which may repeat what a record holds.
  private static String told(@Nullable Throwable failure) {
    if (failure == null) {
      return "unknown";
    }
    return failure.getClass().getName()
        + Stream.of(failure.getStackTrace())
            .limit(FRAMES_TOLD)
            .map(frame -> " at " + frame)
            .collect(Collectors.joining());
  }

  // One entry is being looked for: at once, unless that has led nowhere.
  private void tryAgain() {
    if (shared.isolation().isDoubtful()) {
      shared.tally().waits("what it was given fails each time; the log says how");
      backOff();
    }
  }

  private static @Nullable Worker discard(@Nullable Worker worker) {
    if (worker != null) {
      worker.close();
    }
    return null;
  }

  Worker newWorker() {
    return new Worker(shared);
  }

  /** One turn of the loop: take, commit, keep house, rest. */
  void turn(Worker worker) {
    long commitsBefore = worker.commits();
    boolean busy;
    try {
      busy = worker.round();
    } finally {
      // What comes behind a commit may fail.
      if (worker.commits() > commitsBefore) {
        goesOn();
        outbox.committed();
        retention.reached(worker.committed());
      }
    }
    if (worker.isIdle()) {
      goesOn();
    }
    // Between commits, and whether or not any record comes.
    if (!busy || worker.commits() > commitsBefore) {
      keepHouse(worker);
    }
    // Each look opens a segment for each partition: not for the few records of a moment.
    long millis = worker.restMillis();
    if (millis > 0) {
      rest(millis);
    }
  }

  private void goesOn() {
    backoffMillis = BACKOFF_MILLIS_MIN;
    shared.tally().goesOn();
  }

  // What cannot be kept in order must not keep records out, nor anything else untidy.
  private void keepHouse(Worker worker) {
    leaves.attempt(() -> attempt(worker::mergeLeaves));
    lake.attempt(() -> attempt(worker::maintain));
    outbox.committed();
    shared.tally().maintenance(leaves.trouble() + lake.trouble());
  }

  // Why it failed, or empty.
  private String attempt(Runnable housekeeping) {
    try {
      housekeeping.run();
      return "";
    } catch (FencedException e) {
      throw e;
    } catch (RuntimeException e) {
      boolean known = e instanceof CorruptException || e instanceof UnavailableException;
      String why = known ? String.valueOf(e.getMessage()) : told(e);
      LOG.log(Level.ERROR, "pipeline.maintenance.failed why={0}", why);
      shared.parts().counters().count("pipeline.maintenance", "failed");
      return why;
    }
  }

  private void backOff() {
    rest(backoffMillis);
    backoffMillis = Math.min(BACKOFF_MILLIS_MAX, backoffMillis * 2);
  }

  private void rest(long millis) {
    try {
      boolean stopped = stopping.await(millis, TimeUnit.MILLISECONDS);
      if (stopped) {
        LOG.log(Level.DEBUG, "pipeline.stopping");
      }
    } catch (InterruptedException e) {
      stopping.countDown();
    }
  }

  /** Stops after the commit under way; what is gathered and not committed is read again later. */
  @Override
  public void close() {
    stopping.countDown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
