package io.telltale.pipeline.runs;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.DoorStatements;
import io.telltale.record.DoorStatement;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Holds what was read against what doors have stated that they acknowledged. What is missing is
 * told once, and everybody goes on. Not thread-safe.
 */
public final class Doors {
  private static final Logger LOG = System.getLogger("io.telltale.pipeline");
  private static final int OPENINGS_MAX = 1_000;

  private final DoorStatements feed;
  private final DoorsState state;
  private final List<DoorRun.Missing> missing = new ArrayList<>();
  private boolean changed;

  public Doors(DoorStatements feed, DoorsState state) {
    this.feed = feed;
    this.state = state;
  }

  /** Takes in what was stated since; what cannot be asked now is taken in later. */
  public void refresh() {
    try {
      read();
    } catch (UnavailableException e) {
      LOG.log(Level.DEBUG, "doors.not-read", e);
    }
  }

  private void read() {
    begin();
    for (DoorRun run : state.runs) {
      Optional<DoorStatements.HashedStatement> next = feed.statement(run.id, run.number + 1);
      while (next.isPresent()) {
        if (!next.get().statement().previous().equals(run.hash)) {
          LOG.log(Level.ERROR, "doors.statement.does-not-follow run={0}", run.id.hex());
        }
        run.take(next.get());
        next = feed.statement(run.id, run.number + 1);
      }
    }
  }

  private void begin() {
    List<DoorStatements.HashedStatement> newest = feed.openings(1);
    if (newest.isEmpty() || newest.getFirst().statement().run().equals(state.newest)) {
      return;
    }
    var fresh = new ArrayList<DoorStatements.HashedStatement>();
    for (DoorStatements.HashedStatement opening : feed.openings(OPENINGS_MAX)) {
      if (opening.statement().run().equals(state.newest)) {
        break;
      }
      fresh.addFirst(opening);
    }
    fresh.forEach(this::begin);
  }

  private void begin(DoorStatements.HashedStatement opening) {
    DoorStatement statement = opening.statement();
    if (statement.ends().size() != RecordLog.PARTITIONS) {
      return;
    }
    long[] ends = DoorRun.array(statement.ends());
    if (state.first == null) {
      state.first = ends;
    }
    String sealer = statement.sealer().uri();
    for (DoorRun run : state.runs) {
      if (run.sealer.equals(sealer) && run.closed == null) {
        run.closed = ends;
      }
    }
    var run = new DoorRun(statement.run(), sealer, 1, opening.hash(), RecordLog.PARTITIONS);
    run.take(opening);
    state.runs.add(run);
    state.newest = run.id;
    changed = true;
  }

  /** Whether a lease of this instance may begin where the partition is. */
  public boolean expects(Bytes instance, int partition, long next) {
    Optional<Boolean> known = known(instance, partition, next);
    if (known.isEmpty()) {
      // It was stated before it was used, so it can be read now.
      read();
      known = known(instance, partition, next);
    }
    return known.orElse(state.first == null);
  }

  private Optional<Boolean> known(Bytes instance, int partition, long next) {
    for (DoorRun run : state.runs) {
      Optional<DoorRun.Instance> found = run.instance(instance);
      if (found.isPresent()) {
        return Optional.of(run.expects(found.get(), partition, next));
      }
    }
    // From before doors stated anything.
    return state.first != null && next < state.first[partition]
        ? Optional.of(true)
        : Optional.empty();
  }

  /**
   * Judges what was read of a partition up to {@code next}, which is about to be committed or is an
   * end of somebody; what is missing is told with the commit.
   *
   * @param records how many were read so far, by instance
   * @return the instances of which something may still come; empty while that is open
   */
  public Optional<Set<Bytes>> judge(int partition, long next, ToLongFunction<Bytes> records) {
    for (DoorRun run : state.runs) {
      run.judge(partition, next, records).ifPresent(this::report);
    }
    return state.first == null || next < state.first[partition]
        ? Optional.empty()
        : Optional.of(remaining(partition, next));
  }

  private void report(DoorRun.Missing gone) {
    missing.add(gone);
    state.missing += gone.records();
    changed = true;
  }

  private Set<Bytes> remaining(int partition, long next) {
    var remaining = new HashSet<Bytes>();
    for (DoorRun run : state.runs) {
      for (DoorRun.Instance instance : run.instances) {
        if (run.expects(instance, partition, next)) {
          remaining.add(instance.id);
        }
      }
    }
    return remaining;
  }

  /** The nearest offset at or behind {@code next} at which an instance is over. */
  public long nextEnd(int partition, long next) {
    long nearest = Long.MAX_VALUE;
    for (DoorRun run : state.runs) {
      for (DoorRun.Instance instance : run.instances) {
        if (!instance.passed[partition]) {
          nearest = Math.min(nearest, Math.max(next, run.end(instance, partition)));
        }
      }
    }
    long first = state.first == null ? Long.MAX_VALUE : state.first[partition];
    return first > next ? Math.min(nearest, first) : nearest;
  }

  /** What was found missing since the last commit. */
  public List<DoorRun.Missing> found() {
    return List.copyOf(missing);
  }

  /** Lets go of what is over, once all partitions were judged. */
  public void tidy() {
    state.runs.forEach(DoorRun::tidy);
    changed |= state.runs.removeIf(DoorRun::isOver);
  }

  /** Whether there is something that must not wait for the next record to be stored. */
  public boolean hasChanged() {
    return changed;
  }

  public void committed() {
    missing.clear();
    changed = false;
  }

  /** Records that were acknowledged and are not in the log, all in all. */
  public long missing() {
    return state.missing;
  }

  public Bytes encode() {
    return state.encode();
  }
}
