package io.telltale.pipeline.runs;

import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.log.RecordLog;
import io.telltale.record.DoorStatement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of doors, and its bytes: {@code docs/format/pipeline-state.md}. */
public final class DoorsState {
  private static final int VERSION = 1;
  private static final int INSTANCE_SIZE = 8;

  final List<DoorRun> runs = new ArrayList<>();
  // Where the log ended when a door stated something for the first time.
  long @Nullable [] first;
  // The run that began last.
  Bytes newest = Bytes.EMPTY;
  long missing;

  Bytes encode() {
    var out = new CborWriter(1_024);
    out.array(5).integer(VERSION).integer(missing).bytes(newest);
    longs(out, first);
    out.array(runs.size());
    for (DoorRun run : runs) {
      encode(out, run);
    }
    return out.toBytes();
  }

  private static void encode(CborWriter out, DoorRun run) {
    out.array(7).bytes(run.id).text(run.sealer).integer(run.number).bytes(run.hash.value());
    longs(out, run.closed);
    out.array(run.instances.size());
    for (DoorRun.Instance instance : run.instances) {
      out.array(4).bytes(instance.id);
      longs(out, instance.records);
      longs(out, instance.ends);
      long passed = 0;
      for (int partition = 0; partition < instance.passed.length; partition++) {
        passed |= instance.passed[partition] ? 1L << partition : 0;
      }
      out.integer(passed);
    }
    out.array(run.tracks.length);
    for (DoorRun.Track track : run.tracks) {
      out.array(6).integer(track.settled).integer(track.missing).integer(track.required);
      out.integer(track.checkedTo);
      mark(out, track.current);
      mark(out, track.newest);
    }
  }

  private static void longs(CborWriter out, long @Nullable [] values) {
    out.array(values == null ? 0 : values.length);
    if (values != null) {
      for (long value : values) {
        out.integer(value);
      }
    }
  }

  private static void mark(CborWriter out, DoorStatement.@Nullable Mark mark) {
    if (mark == null) {
      out.array(0);
    } else {
      out.array(2).integer(mark.offset()).integer(mark.records());
    }
  }

  public static DoorsState decode(Bytes encoded) {
    return Cbor.decode(encoded, DoorsState::read)
        .orElseThrow(() -> new CorruptException("the pipeline's state of doors is damaged"));
  }

  private static DoorsState read(CborReader in) {
    var state = new DoorsState();
    in.array(5);
    in.integer(VERSION, VERSION);
    state.missing = in.integer(0, Long.MAX_VALUE);
    state.newest = in.bytes();
    state.first = longs(in);
    int runs = in.array();
    for (int i = 0; i < runs; i++) {
      state.runs.add(run(in));
    }
    return state;
  }

  private static DoorRun run(CborReader in) {
    in.array(7);
    Bytes id = in.bytes(DoorStatement.RUN_SIZE);
    String sealer = in.text();
    long number = in.integer(1, Long.MAX_VALUE);
    var hash = new Hash(in.bytes(Hash.SIZE));
    var run = new DoorRun(id, sealer, number, hash, RecordLog.PARTITIONS);
    run.closed = longs(in);
    int instances = in.array();
    for (int i = 0; i < instances; i++) {
      run.instances.add(instance(in));
    }
    in.array(RecordLog.PARTITIONS);
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      DoorRun.Track track = run.tracks[partition];
      in.array(6);
      track.settled = in.integer(0, Long.MAX_VALUE);
      track.missing = in.integer(0, Long.MAX_VALUE);
      track.required = in.integer(0, Long.MAX_VALUE);
      track.checkedTo = in.integer(-1, Long.MAX_VALUE);
      track.current = mark(in, partition);
      track.newest = mark(in, partition);
    }
    return run;
  }

  private static DoorRun.Instance instance(CborReader in) {
    in.array(4);
    var instance = new DoorRun.Instance(in.bytes(INSTANCE_SIZE), RecordLog.PARTITIONS);
    instance.records = longs(in);
    instance.ends = longs(in);
    long passed = in.integer(0, (1L << RecordLog.PARTITIONS) - 1);
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      instance.passed[partition] = (passed >> partition & 1) == 1;
    }
    return instance;
  }

  private static long @Nullable [] longs(CborReader in) {
    int count = in.array();
    in.require(count == 0 || count == RecordLog.PARTITIONS);
    if (count == 0) {
      return null;
    }
    var values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = in.integer(0, Long.MAX_VALUE);
    }
    return values;
  }

  private static DoorStatement.@Nullable Mark mark(CborReader in, int partition) {
    int count = in.array();
    in.require(count == 0 || count == 2);
    return count == 0
        ? null
        : new DoorStatement.Mark(
            partition, in.integer(0, Long.MAX_VALUE), in.integer(0, Long.MAX_VALUE));
  }
}
