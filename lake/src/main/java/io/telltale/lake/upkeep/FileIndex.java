package io.telltale.lake.upkeep;

import io.telltale.kernel.Halts;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.write.FileGroup;
import io.telltale.lake.write.FileTiers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.iceberg.DataFile;
import org.jspecify.annotations.Nullable;

/**
 * The files of one table that are to be written together some day, by group; read from the table
 * once and then kept up with what is committed. Only {@link #committed} is thread-safe.
 */
public final class FileIndex {
  /** A group without a new file for so many commits gets no more for now. */
  static final int IDLE_COMMITS = 600;

  /** After so many more, what could not be merged is tried again: an hour at one a second. */
  public static final int LEFT_COMMITS = 3_600;

  private final String table;
  private final TableStore tables;
  private final Halts halts;
  private final ConcurrentLinkedQueue<Change> changes = new ConcurrentLinkedQueue<>();
  private final Map<FileGroup.Key, Group> groups = new HashMap<>();
  private final Set<FileGroup.Key> grown = new LinkedHashSet<>();
  // By location, those that were left first first.
  private final Map<String, Left> left = new LinkedHashMap<>();
  private long commits;
  private long idleChecked;
  private int loads;
  private long loadAt;
  private Optional<Unread> unread = Optional.empty();

  private record Change(Collection<DataFile> added, Collection<DataFile> removed, boolean merge) {}

  private record Left(DataFile file, long since, String why) {}

  /** Manifests that could not be read. */
  private record Unread(int count, String why) {
    static Unread of(UnmergedFiles files) {
      return new Unread(files.unread(), files.why());
    }
  }

  private static final class Group {
    private final FileTiers tiers = new FileTiers();
    private long touched;
    private long tooMany = FileTiers.BYTES_MAX;
    private long tooManySince;

    /** As one was that is read again; one that was not known is as if it was added now. */
    void resume(@Nullable Group before, long commits) {
      touched = before == null ? commits : before.touched;
      if (before != null) {
        tooMany = before.tooMany;
        tooManySince = before.tooManySince;
      }
    }

    /** What was too much is tried again, twice as much each time. */
    long bytesMax(long commits) {
      long doublings = Math.min(Integer.SIZE, (commits - tooManySince) / LEFT_COMMITS);
      return Math.min(FileTiers.BYTES_MAX, tooMany << doublings);
    }
  }

  public FileIndex(String table, TableStore tables, Halts halts) {
    this.table = table;
    this.tables = tables;
    this.halts = halts;
  }

  public String table() {
    return table;
  }

  /** To be told once it is durable. */
  public void committed(Collection<DataFile> added, Collection<DataFile> removed) {
    changes.add(new Change(added, removed, !removed.isEmpty()));
  }

  /** Files that cannot be merged are left as they are for a while. */
  void leave(Collection<DataFile> files, String why) {
    for (DataFile file : files) {
      left.put(file.location(), new Left(file, commits, why));
      Group group = groups.get(FileGroup.keyOf(file));
      if (group != null) {
        group.tiers.remove(file);
      }
    }
    tellLeft();
  }

  private void tellLeft() {
    var oldest = left.entrySet().stream().findFirst();
    String why = oldest.map(first -> first.getKey() + ": " + first.getValue().why()).orElse("");
    halts.tell(
        Halts.Kind.MERGES_LEFT,
        table,
        left.size() + unread.map(Unread::count).orElse(0),
        unread.map(Unread::why).orElse(why));
  }

  /** Of the group of {@code file} these bytes are as many as may be merged together for a while. */
  void atMost(DataFile file, long bytes) {
    Group group = groups.get(FileGroup.keyOf(file));
    if (group != null) {
      group.tooMany = bytes;
      group.tooManySince = commits;
    }
  }

  /** A file as large as one may be: it is never written again. */
  void full(DataFile file) {
    Group group = groups.get(FileGroup.keyOf(file));
    if (group != null) {
      group.tiers.remove(file);
    }
  }

  /** So many files are held in memory. */
  public int held() {
    return groups.values().stream().mapToInt(group -> group.tiers.size()).sum() + left.size();
  }

  /** Groups of files to be written together now, at most {@code jobsMax}. */
  List<List<DataFile>> due(int jobsMax) {
    follow();
    var jobs = new ArrayList<List<DataFile>>();
    var keys = grown.iterator();
    while (keys.hasNext() && jobs.size() < jobsMax) {
      Group group = groups.get(keys.next());
      Optional<List<DataFile>> job =
          group == null ? Optional.empty() : group.tiers.sameTier(group.bytesMax(commits));
      job.ifPresentOrElse(jobs::add, keys::remove);
    }
    if (jobs.isEmpty() && commits - idleChecked >= IDLE_COMMITS / 10) {
      idle(jobsMax, jobs);
    }
    return jobs;
  }

  private void idle(int jobsMax, List<List<DataFile>> jobs) {
    var all = groups.entrySet().iterator();
    while (all.hasNext() && jobs.size() < jobsMax) {
      Group group = all.next().getValue();
      if (commits - group.touched >= IDLE_COMMITS) {
        // What is left alone now is not looked at again before something is added to it.
        group.tiers.rest(group.bytesMax(commits)).ifPresentOrElse(jobs::add, all::remove);
      }
    }
    if (jobs.size() < jobsMax) {
      idleChecked = commits;
    }
  }

  private void follow() {
    for (Change change = changes.poll(); change != null; change = changes.poll()) {
      take(change);
    }
    if (commits >= loadAt) {
      load();
    }
    tryAgain();
  }

  private void take(Change change) {
    if (!change.merge()) {
      commits++;
    }
    for (DataFile file : change.removed()) {
      Group group = groups.get(FileGroup.keyOf(file));
      if (group != null) {
        group.tiers.remove(file);
      }
    }
    for (DataFile file : change.added()) {
      Group group = add(file);
      group.touched = change.merge() ? group.touched : commits;
    }
  }

  private void tryAgain() {
    var oldest = left.values().iterator();
    while (oldest.hasNext()) {
      Left next = oldest.next();
      if (commits - next.since() < LEFT_COMMITS) {
        return;
      }
      oldest.remove();
      add(next.file());
      tellLeft();
    }
  }

  // From the beginning each time: what could not be read may have become part of another manifest.
  private void load() {
    Optional<UnmergedFiles> files = tables.pointer(table).map(tables::at).map(UnmergedFiles::new);
    var known = new HashMap<>(groups);
    groups.clear();
    grown.clear();
    files.ifPresent(all -> all.read(this::add));
    groups.forEach((key, group) -> group.resume(known.get(key), commits));
    var before = unread;
    unread = files.filter(all -> all.unread() > 0).map(Unread::of);
    loads = Math.min(loads + 1, Integer.SIZE);
    // At once, and then after twice as many commits each time.
    long pause = Math.min(LEFT_COMMITS, (1L << (loads - 1)) - 1);
    loadAt = unread.isEmpty() ? Long.MAX_VALUE : commits + pause;
    if (!unread.equals(before)) {
      tellLeft();
    }
  }

  private Group add(DataFile file) {
    FileGroup.Key key = FileGroup.keyOf(file);
    Group group = groups.computeIfAbsent(key, _ -> new Group());
    if (!left.containsKey(file.location())) {
      group.tiers.add(file);
      grown.add(key);
    }
    return group;
  }
}
