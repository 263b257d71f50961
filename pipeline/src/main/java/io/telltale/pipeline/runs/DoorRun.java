package io.telltale.pipeline.runs;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.pipeline.DoorStatements;
import io.telltale.record.DoorStatement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One run of a door, as far as its statements tell, and how much of what it acknowledged was read.
 * Not thread-safe.
 */
public final class DoorRun {
  final Bytes id;
  final String sealer;
  final List<Instance> instances = new ArrayList<>();
  final Track[] tracks;
  long number;
  Hash hash;
  // Where the log ended when the door's next run began; whatever is not before that is lost.
  long @Nullable [] closed;

  /** An instance of a sealer; the arrays are by partition. */
  static final class Instance {
    final Bytes id;
    long @Nullable [] records;
    long @Nullable [] ends;
    final boolean[] passed;

    Instance(Bytes id, int partitions) {
      this.id = id;
      this.passed = new boolean[partitions];
    }
  }

  /** How one partition stands. */
  static final class Track {
    /** The mark that is waited for, and the newest one: more are never needed. */
    DoorStatement.@Nullable Mark current;

    DoorStatement.@Nullable Mark newest;
    // Records of instances that are over, and those that were reported as missing.
    long settled;
    long missing;
    // What must have been read, and up to where that was looked at.
    long required;
    long checkedTo = -1;
  }

  DoorRun(Bytes id, String sealer, long number, Hash hash, int partitions) {
    this.id = id;
    this.sealer = sealer;
    this.number = number;
    this.hash = hash;
    this.tracks = new Track[partitions];
    Arrays.setAll(tracks, partition -> new Track());
  }

  void take(DoorStatements.HashedStatement told) {
    DoorStatement statement = told.statement();
    number = statement.number();
    hash = told.hash();
    for (Bytes begun : statement.begun()) {
      instances.add(new Instance(begun, tracks.length));
    }
    for (DoorStatement.Mark mark : statement.marks()) {
      if (mark.partition() < tracks.length) {
        mark(tracks[mark.partition()], mark);
      }
    }
    for (DoorStatement.Ended ended : statement.ended()) {
      instance(ended.instance())
          .filter(instance -> ended.ends().size() == tracks.length)
          .ifPresent(
              instance -> {
                instance.records = array(ended.records());
                instance.ends = array(ended.ends());
              });
    }
  }

  private static void mark(Track track, DoorStatement.Mark mark) {
    if (track.current == null) {
      track.current = mark;
    } else {
      track.newest = mark;
    }
  }

  static long[] array(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  Optional<Instance> instance(Bytes wanted) {
    return instances.stream().filter(instance -> instance.id.equals(wanted)).findFirst();
  }

  /** The first offset of a partition at which nothing of the instance may be. */
  long end(Instance instance, int partition) {
    long end = closed == null ? Long.MAX_VALUE : closed[partition];
    return instance.ends == null ? end : Math.min(end, instance.ends[partition]);
  }

  boolean expects(Instance instance, int partition, long next) {
    return !instance.passed[partition] && next < end(instance, partition);
  }

  /**
   * Records that are gone from a partition, of those acknowledged at {@code from} to {@code to}.
   */
  public record Missing(DoorRun run, int partition, long records, long from, long to) {
    public static final String EVENT = "incident.missing";

    public String subject() {
      return "partition/" + partition;
    }

    /** What the event says; "cut" is whether the log ended before what it should hold. */
    public Map<String, String> details() {
      boolean cut = run.closed != null && to >= run.closed[partition];
      return Map.of(
          "door", run.sealer,
          "run", run.id.hex(),
          "records", Long.toString(records),
          "from", Long.toString(from),
          "to", Long.toString(to),
          "cut", Boolean.toString(cut));
    }
  }

  /**
   * Judges what was read of a partition up to {@code next}.
   *
   * @param records how many were read so far, by instance
   */
  Optional<Missing> judge(int partition, long next, ToLongFunction<Bytes> records) {
    Track track = tracks[partition];
    long from = track.checkedTo + 1;
    while (track.current != null && isDue(track.current, partition, next)) {
      track.required = Math.max(track.required, track.current.records());
      track.checkedTo = Math.max(track.checkedTo, track.current.offset());
      track.current = track.newest;
      track.newest = null;
    }
    long present = track.missing + present(track, partition, next, records);
    if (present >= track.required) {
      return Optional.empty();
    }
    long gone = track.required - present;
    track.missing += gone;
    return Optional.of(new Missing(this, partition, gone, from, track.checkedTo));
  }

  private boolean isDue(DoorStatement.Mark mark, int partition, long next) {
    return next > mark.offset() || (closed != null && next >= closed[partition]);
  }

  private long present(Track track, int partition, long next, ToLongFunction<Bytes> records) {
    long present = track.settled;
    for (Instance instance : instances) {
      if (instance.passed[partition]) {
        continue;
      }
      long read = records.applyAsLong(instance.id);
      if (next >= end(instance, partition)) {
        // What was never acknowledged must not stand in for what was.
        long counted =
            instance.records == null ? read : Math.min(read, instance.records[partition]);
        instance.passed[partition] = true;
        track.settled += counted;
        present += counted;
      } else {
        present += read;
      }
    }
    return present;
  }

  /** Lets go of instances that are over everywhere. */
  void tidy() {
    instances.removeIf(instance -> all(instance.passed));
  }

  private static boolean all(boolean[] passed) {
    for (boolean one : passed) {
      if (!one) {
        return false;
      }
    }
    return true;
  }

  /** Whether nothing is to come and everything was judged. */
  boolean isOver() {
    return closed != null
        && instances.isEmpty()
        && Arrays.stream(tracks).allMatch(track -> track.current == null);
  }
}
