package io.telltale.server.operations;

import io.telltale.log.RecordLog;
import io.telltale.record.EntryKind;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * Which entries of a log are looked at that may be too long for it: blocks that lie evenly over all
 * of it, in every partition elsewhere. What announces a lease is needed for all that comes after
 * it, so it is looked for first, from the newest on, without opening anything.
 */
final class LogSample {
  /** Entries. */
  static final int BLOCK = 512;

  private static final int READ_BYTES = 1 << 20;

  private final RecordLog log;
  private final List<Part> parts = new ArrayList<>();

  /** Of one partition: what was searched for announcements, and where they are. */
  private static final class Part {
    final int number;
    final long start;
    final long end;
    final TreeSet<Long> announcements = new TreeSet<>();
    final List<Block> looked = new ArrayList<>();
    long searchedFrom;
    long wantedFrom;

    Part(int number, long start, long end) {
      this.number = number;
      this.start = start;
      this.end = end;
      this.searchedFrom = end;
      this.wantedFrom = start;
    }

    long blocks() {
      return (end - firstWanted() + BLOCK - 1) / BLOCK;
    }

    long firstWanted() {
      return Math.max(searchedFrom, wantedFrom);
    }

    /** The block that is so many before the newest. */
    Block block(long age) {
      long to = end - age * BLOCK;
      return new Block(number, age, Math.max(firstWanted(), to - BLOCK), to);
    }
  }

  /**
   * Entries of one partition.
   *
   * @param age how many blocks are newer
   */
  record Block(int partition, long age, long from, long to) {}

  LogSample(RecordLog log) {
    this.log = log;
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      parts.add(new Part(partition, log.start(partition), log.end(partition)));
    }
  }

  /** Looks for announcements, newest first, in all partitions alike, while there is time. */
  void search(BooleanSupplier timeLeft) {
    boolean more = true;
    while (more) {
      more = false;
      for (Part part : parts) {
        if (!timeLeft.getAsBoolean()) {
          return;
        }
        if (part.searchedFrom > part.start) {
          search(part);
          more = true;
        }
      }
    }
  }

  private void search(Part part) {
    long from = Math.max(part.start, part.searchedFrom - 4L * BLOCK);
    for (RecordLog.Stored entry : read(part.number, from, part.searchedFrom)) {
      if (EntryKind.of(entry.body()) == EntryKind.ANNOUNCEMENT) {
        part.announcements.add(entry.offset());
      }
    }
    part.searchedFrom = from;
  }

  /** Those of {@code partition} from {@code from} on and before {@code to}; fewer if they went. */
  List<RecordLog.Stored> read(int partition, long from, long to) {
    var found = new ArrayList<RecordLog.Stored>();
    long next = from;
    while (next < to) {
      List<RecordLog.Stored> some = log.read(partition, next, READ_BYTES);
      if (some.isEmpty()) {
        return found;
      }
      some.stream().filter(entry -> entry.offset() < to).forEach(found::add);
      next = some.getLast().offset() + 1;
    }
    return found;
  }

  /** Where leases are announced in {@code partition}, from {@code from} on, before {@code to}. */
  List<Long> announcements(int partition, long from, long to) {
    return List.copyOf(parts.get(partition).announcements.subSet(from, to));
  }

  /** {@code block} was read. */
  void looked(Block block) {
    parts.get(block.partition()).looked.add(block);
  }

  /** How many entries the log has that are not known to be too old. */
  long entries() {
    return parts.stream().mapToLong(part -> part.end - part.wantedFrom).sum();
  }

  /** How many of them were read. */
  long seen() {
    return parts.stream()
        .flatMap(part -> part.looked.stream().filter(block -> block.from() >= part.wantedFrom))
        .mapToLong(block -> block.to() - block.from())
        .sum();
  }

  private long wanted() {
    return parts.stream().mapToLong(part -> part.end - part.firstWanted()).sum();
  }

  /** What is in {@code partition} before {@code offset} is too old to be wanted. */
  void tooOldBefore(int partition, long offset) {
    Part part = parts.get(partition);
    part.wantedFrom = Math.max(part.wantedFrom, offset);
  }

  /** Of every so many blocks one, so that {@code entriesMax} entries are looked at. */
  long stride(long entriesMax) {
    return Math.max(1, (wanted() + entriesMax - 1) / Math.max(1, entriesMax));
  }

  /**
   * Every {@code stride}th block of {@code partition}, oldest first, but for those of {@code done},
   * a stride that was looked at before, or 0.
   */
  List<Block> blocks(int partition, long stride, long done) {
    Part part = parts.get(partition);
    var blocks = new ArrayList<Block>();
    for (long age = first(partition, stride); age < part.blocks(); age += stride) {
      if (done == 0 || age % done != first(partition, done)) {
        blocks.add(part.block(age));
      }
    }
    return blocks.reversed();
  }

  // Every partition has blocks of other times.
  private static long first(int partition, long stride) {
    return partition * stride / RecordLog.PARTITIONS;
  }
}
