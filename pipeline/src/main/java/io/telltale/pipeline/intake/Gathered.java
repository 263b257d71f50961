package io.telltale.pipeline.intake;

import io.telltale.kernel.Hash;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.lake.RawRow;
import io.telltale.pipeline.Place;
import io.telltale.pipeline.leaves.LeafRun;
import io.telltale.pipeline.letters.DeadLetter;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.record.Origin;
import io.telltale.roster.DeviceBook;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What was taken from the log since the last commit. Not thread-safe. */
public final class Gathered {
  // Objects around what is counted, as a heap dump shows them.
  private static final int ENTRY_BYTES = 512;
  private static final int ROW_BYTES = 256;

  /** Each is named in the batch's event. */
  static final int RUNS_MAX = 2_000;

  private final List<RawRow> rows = new ArrayList<>();
  // By partition: one, unless entries between were taken before.
  private final Map<Integer, List<LeafRun>> runs = new TreeMap<>();
  private final List<SetAside.Entry> setAside = new ArrayList<>();
  private final List<LettersAgain.Taken> again = new ArrayList<>();
  private final List<SetAside.Resumed> resumed = new ArrayList<>();
  private final List<DeadLetter> deadLetters = new ArrayList<>();
  private final Map<String, Integer> reasons = new TreeMap<>();
  // Each device that was seen, and the last firmware that a record of it says, if one does.
  private final Map<Integer, Optional<DeviceBook.Claim>> devices = new HashMap<>();
  // The first of each device: where two have its key, every record may be one.
  private final Map<SpiffeId, Fork> forks = new LinkedHashMap<>();
  private long bytes;
  private int runCount;
  private int entries;
  private int records;
  private int duplicates;
  private int suspects;
  private boolean closed;

  /** Another reading under a number that its device has used. */
  public record Fork(Place place, SpiffeId device, Origin origin, long sequence) {}

  void fork(Fork fork) {
    forks.putIfAbsent(fork.device(), fork);
  }

  public Collection<Fork> forks() {
    return forks.values();
  }

  void row(RawRow row) {
    rows.add(row);
    bytes += ROW_BYTES;
  }

  void stored(int partition, long offset, Hash leaf, boolean suspect) {
    run(partition, offset).add(leaf);
    records++;
    suspects += suspect ? 1 : 0;
  }

  /** {@code said} is what the record itself says: what the door fills in is no claim. */
  void seen(int device, Optional<DeviceBook.Claim> said) {
    devices.merge(device, said, Gathered::newer);
  }

  // A late record of the enrolment before takes nothing back.
  private static Optional<DeviceBook.Claim> newer(
      Optional<DeviceBook.Claim> known, Optional<DeviceBook.Claim> next) {
    boolean older =
        next.isEmpty() || (known.isPresent() && known.get().enrolment() > next.get().enrolment());
    return older ? known : next;
  }

  public Map<Integer, Optional<DeviceBook.Claim>> devices() {
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

  void dead(DeadLetter letter) {
    run(letter.partition(), letter.offset()).skip();
    deadLetters.add(letter);
    reasons.merge(letter.reason(), 1, Integer::sum);
  }

  /** An entry of so many bytes was taken. */
  void weigh(int entryBytes) {
    bytes += ENTRY_BYTES + 2L * entryBytes;
  }

  /** An entry that waits for its scope. */
  void setAside(SetAside.Entry entry) {
    run(entry.partition(), entry.offset()).skip();
    setAside.add(entry);
  }

  /** An entry that was taken, and had been set aside. */
  void resumed(SetAside.Resumed entry) {
    resumed.add(entry);
  }

  public Map<Scope, Long> setAsideByScope() {
    return setAside.stream()
        .collect(Collectors.groupingBy(SetAside.Entry::scope, Collectors.counting()));
  }

  public Map<Scope, Long> resumedByScope() {
    return resumed.stream()
        .collect(Collectors.groupingBy(SetAside.Resumed::scope, Collectors.counting()));
  }

  /** A dead letter that was taken again. */
  void again(LettersAgain.Taken letter) {
    again.add(letter);
  }

  public List<LettersAgain.Taken> again() {
    return again;
  }

  public List<SetAside.Entry> setAside() {
    return setAside;
  }

  public List<SetAside.Resumed> resumed() {
    return resumed;
  }

  private LeafRun run(int partition, long offset) {
    entries++;
    List<LeafRun> ofPartition = runs.computeIfAbsent(partition, _ -> new ArrayList<>());
    if (ofPartition.isEmpty() || ofPartition.getLast().last() + 1 != offset) {
      ofPartition.add(new LeafRun(partition, offset));
      runCount++;
    }
    return ofPartition.getLast();
  }

  public List<RawRow> rows() {
    return rows;
  }

  public List<LeafRun> runs() {
    return runs.values().stream().flatMap(List::stream).toList();
  }

  public List<DeadLetter> deadLetters() {
    return deadLetters;
  }

  public Map<String, Integer> reasons() {
    return reasons;
  }

  public int entries() {
    return entries;
  }

  /** The place of an entry that is in it; of the only one, if there is one. */
  public @Nullable Place first() {
    return runs().stream().findFirst().map(LeafRun::place).orElse(null);
  }

  /** Nothing is to come to it any more. */
  void close() {
    closed = true;
  }

  /** Whether it takes about so much memory, or is in too many pieces to be one batch. */
  public boolean isFull(long bytesMax) {
    return closed || bytes >= bytesMax || runCount >= RUNS_MAX;
  }

  public int records() {
    return records;
  }

  public int duplicates() {
    return duplicates;
  }

  public int suspects() {
    return suspects;
  }
}
