package io.telltale.pipeline;

import io.telltale.kernel.Hash;
import io.telltale.lake.RawRow;
import io.telltale.log.RecordLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was taken from the log since the last commit. Not thread-safe. */
final class Gathered {
  // Objects around what is counted, as a heap dump shows them.
  private static final int ENTRY_BYTES = 512;
  private static final int ROW_BYTES = 256;

  private final List<RawRow> rows = new ArrayList<>();
  private final @Nullable LeafRun[] runs = new @Nullable LeafRun[RecordLog.PARTITIONS];
  private final List<CommitWork.DeadLetter> deadLetters = new ArrayList<>();
  private final Map<String, Integer> reasons = new TreeMap<>();
  // The firmware that each device claims in its last record.
  private final Map<Integer, String> devices = new HashMap<>();
  private long bytes;
  private int entries;
  private int records;
  private int duplicates;
  private int suspects;

  void row(RawRow row) {
    rows.add(row);
    bytes += ROW_BYTES;
  }

  void stored(int partition, long offset, Hash leaf, boolean suspect) {
    run(partition, offset).add(leaf);
    records++;
    suspects += suspect ? 1 : 0;
  }

  void seen(int device, String firmware) {
    devices.put(device, firmware);
  }

  Map<Integer, String> devices() {
    return devices;
  }

  void duplicate(int partition, long offset) {
    run(partition, offset).skip();
    duplicates++;
  }

  /** An entry that is no record: an announcement. */
  void other(int partition, long offset) {
    run(partition, offset).skip();
  }

  void dead(CommitWork.DeadLetter letter) {
    run(letter.partition(), letter.offset()).skip();
    deadLetters.add(letter);
    reasons.merge(letter.reason(), 1, Integer::sum);
  }

  /** An entry of so many bytes is about to be taken. */
  void weigh(int entryBytes) {
    bytes += ENTRY_BYTES + 2L * entryBytes;
  }

  private LeafRun run(int partition, long offset) {
    entries++;
    LeafRun run = runs[partition];
    if (run == null) {
      run = new LeafRun(partition, offset);
      runs[partition] = run;
    }
    return run;
  }

  List<RawRow> rows() {
    return rows;
  }

  List<LeafRun> runs() {
    var all = new ArrayList<LeafRun>();
    for (LeafRun run : runs) {
      if (run != null) {
        all.add(run);
      }
    }
    return all;
  }

  List<CommitWork.DeadLetter> deadLetters() {
    return deadLetters;
  }

  Map<String, Integer> reasons() {
    return reasons;
  }

  int entries() {
    return entries;
  }

  /** The place of an entry that is in it; of the only one, if there is one. */
  RecordSteps.@Nullable Place first() {
    return runs().stream().findFirst().map(LeafRun::place).orElse(null);
  }

  /** What it takes in memory, about. */
  long bytes() {
    return bytes;
  }

  int records() {
    return records;
  }

  int duplicates() {
    return duplicates;
  }

  int suspects() {
    return suspects;
  }
}
