package io.telltale.server;

import io.telltale.crypto.Entropy;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.EventSink;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.SealerIdentity;
import io.telltale.leases.SealerRun;
import io.telltale.leases.SealerRuns;
import io.telltale.log.RecordLog;
import io.telltale.record.DoorStatement;
import io.telltale.record.DoorStatementCodec;
import io.telltale.record.LeaseAnnouncement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Puts into the ledger, each second in which it changed, how much the door has acknowledged in each
 * partition, signed by the door's key. Nobody who is acknowledged waits for it. An instance is
 * stated before a sealer may use it.
 */
final class DoorJournal implements SealerRuns, AutoCloseable {
  static final String OPENED = "door.opened";
  static final String STATED = "door.stated";
  static final String STATEMENT = "statement";

  private static final System.Logger LOG = System.getLogger(DoorJournal.class.getName());
  private static final long EVERY_MILLIS = 1_000;
  // One for each event loop, and for failures until the next second.
  private static final int SPARE = 2 * Runtime.getRuntime().availableProcessors() + 8;

  private final Parts parts;
  private final Bytes run;
  private final ConcurrentLinkedQueue<SealerRun> spare = new ConcurrentLinkedQueue<>();
  // The rest belongs to the timer's thread, and to whoever opens and closes.
  private final List<SealerRun> live = new ArrayList<>();
  private final long[] settled = new long[RecordLog.PARTITIONS];
  private final long[] offsets = new long[RecordLog.PARTITIONS];
  private final long[] stated = new long[RecordLog.PARTITIONS];
  private long number = 1;
  private Hash previous = DoorStatement.NONE;
  private @Nullable Pending pending;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon(true).name("door-journal").unstarted(task));

  /** What it stands on. */
  record Parts(
      EventSink ledger,
      RecordLog log,
      Supplier<? extends SealerIdentity> door,
      Entropy entropy,
      InstantSource clock) {}

  /** A statement that is made and perhaps not in the ledger: it goes there as it is. */
  private record Pending(Event event, Hash hash, List<SealerRun> begun) {}

  /** Whose run this is, in the subject of each of its statements. */
  static String subject(Bytes run, long number) {
    return "door-run/%s/%d".formatted(run.hex(), number);
  }

  private DoorJournal(Parts parts) {
    this.parts = parts;
    this.run = parts.entropy().bytes(DoorStatement.RUN_SIZE);
  }

  /**
   * Begins a run of the door; all that earlier runs appended lies before where the log ends now.
   */
  static DoorJournal open(Parts parts) {
    var journal = new DoorJournal(parts);
    try {
      journal.state();
    } catch (RuntimeException e) {
      journal.timer.shutdown();
      throw e;
    }
    journal.timer.scheduleWithFixedDelay(
        journal::onTime, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
    return journal;
  }

  @Override
  public Optional<SealerRun> begin() {
    return Optional.ofNullable(spare.poll());
  }

  private void onTime() {
    try {
      state();
    } catch (UnavailableException | CorruptException e) {
      // The ledger says so itself; the next second takes it along.
      LOG.log(System.Logger.Level.DEBUG, "door.not-stated", e);
    } catch (RuntimeException | Error e) {
      // Thrown on, it would end the rounds for good.
      LOG.log(System.Logger.Level.ERROR, "door.not-stated", e);
    }
  }

  private synchronized void state() {
    Pending next = pending == null ? make() : pending;
    if (next == null) {
      return;
    }
    // The same bytes until the ledger has them: its answer may be lost, and a number is used once.
    pending = next;
    parts.ledger().record(next.event());
    pending = null;
    number++;
    previous = next.hash();
    live.addAll(next.begun());
    spare.addAll(next.begun());
  }

  private @Nullable Pending make() {
    List<DoorStatement.Ended> ended = ended();
    List<DoorStatement.Mark> marks = marks();
    List<SealerRun> begun = begun();
    if (marks.isEmpty() && ended.isEmpty() && begun.isEmpty() && number > 1) {
      return null;
    }
    SealerIdentity door = parts.door().get();
    var statement =
        new DoorStatement(
            run,
            number,
            previous,
            door.id(),
            door.credential(),
            parts.clock().instant(),
            number == 1 ? ends() : List.of(),
            begun.stream().map(SealerRun::instance).toList(),
            marks,
            ended);
    Bytes signed = DoorStatementCodec.sign(statement, door::sign);
    Event event =
        Event.of(
            statement.opens() ? OPENED : STATED,
            statement.made(),
            door.id().tenant(),
            door.id().uri(),
            subject(run, number),
            Map.of(STATEMENT, Base64Text.of(signed)));
    return new Pending(event, Hash.sha256(signed), begun);
  }

  private List<Long> ends() {
    return LongStream.range(0, RecordLog.PARTITIONS)
        .mapToObj(partition -> parts.log().end((int) partition))
        .toList();
  }

  private List<SealerRun> begun() {
    var begun = new ArrayList<SealerRun>();
    for (int i = spare.size(); i < SPARE; i++) {
      Bytes instance = parts.entropy().bytes(LeaseAnnouncement.Sealer.INSTANCE_SIZE);
      begun.add(new SealerRun(instance, RecordLog.PARTITIONS));
    }
    return begun;
  }

  private List<DoorStatement.Ended> ended() {
    var ended = new ArrayList<DoorStatement.Ended>();
    for (SealerRun over : List.copyOf(live)) {
      if (over.isOver() && ended.size() < DoorStatement.INSTANCES_MAX) {
        var records = new ArrayList<Long>();
        for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
          records.add(over.records(partition));
          settled[partition] += over.records(partition);
          reached(over, partition);
        }
        ended.add(new DoorStatement.Ended(over.instance(), records, ends()));
        live.remove(over);
      }
    }
    return ended;
  }

  private List<DoorStatement.Mark> marks() {
    var marks = new ArrayList<DoorStatement.Mark>();
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      long records = settled[partition];
      for (SealerRun one : live) {
        // The count before the offset, which then covers it.
        records += one.records(partition);
        reached(one, partition);
      }
      if (records > stated[partition]) {
        stated[partition] = records;
        marks.add(new DoorStatement.Mark(partition, offsets[partition], records));
      }
    }
    return marks;
  }

  private void reached(SealerRun one, int partition) {
    offsets[partition] = Math.max(offsets[partition], one.offset(partition));
  }

  /** States what was acknowledged last; whoever acknowledges is to have ended before. */
  @Override
  public void close() {
    timer.shutdown();
    try {
      if (timer.awaitTermination(15, TimeUnit.SECONDS)) {
        onTime();
        // The one before may have been an earlier second's.
        onTime();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
