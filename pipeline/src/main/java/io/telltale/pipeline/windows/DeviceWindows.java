package io.telltale.pipeline.windows;

import io.telltale.record.ReadingHash;
import io.telltale.record.SequenceWindow;
import io.telltale.record.SequenceWindow.Standing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * The windows of the enrolments seen lately, and which of them changed since the last commit: the
 * last word on what is a duplicate and what a fork. A commit stores one row of news; a window is
 * stored whole when its oldest news are {@value #NEWS_MAX} commits old, or too much waits. Not
 * thread-safe.
 */
public final class DeviceWindows {
  private static final int WINDOW_BYTES = 5 << 10;

  /** Where each is another device's. */
  private static final int ENTRY_BYTES = 160;

  private static final int NEWS_MAX = 256;

  /** A reading of before a fresh enrolment does not come later than this. */
  private static final long FORGOTTEN_DAYS = 30;

  private final WindowStore store;
  private final Bounds bounds;
  private final WindowNews news = new WindowNews();
  private final List<WindowNews.Entry> used = new ArrayList<>();
  private List<Key> folding = List.of();
  private long number;
  private final LinkedHashMap<Key, SequenceWindow> kept = new LinkedHashMap<>(1024, 0.75f, true);
  private final Map<Key, SequenceWindow> changed = new TreeMap<>();

  /** Whose window it is. */
  public record Key(int device, int enrolment) implements Comparable<Key> {
    public static final int FIRST_ENROLMENT = 1;

    Key before() {
      return new Key(device, enrolment - 1);
    }

    @Override
    public int compareTo(Key other) {
      int order = Integer.compare(device, other.device);
      return order != 0 ? order : Integer.compare(enrolment, other.enrolment);
    }
  }

  /**
   * What a reading is known by.
   *
   * @param whole as windows of version 1 have it; asked for where the other is not the one
   */
  public record Hashes(long reading, LongSupplier whole) {}

  /**
   * How much may wait to be stored whole.
   *
   * @param kept windows in memory; the others are read when they are needed
   * @param news commits
   * @param entries numbers that were used
   * @param folded windows a commit, or as many as got news where those are more
   */
  public record Bounds(int kept, int news, int entries, int folded) {
    /** What fits into {@code bytes}: five parts of nine for the windows. */
    public static Bounds within(long bytes) {
      long part = bytes / 9;
      return new Bounds(
          Math.clamp(5 * part / WINDOW_BYTES, 64, Integer.MAX_VALUE),
          NEWS_MAX,
          Math.clamp(4 * part / ENTRY_BYTES, 1_000, Integer.MAX_VALUE),
          4_096);
    }
  }

  public static DeviceWindows within(long bytes, WindowStore store) {
    return new DeviceWindows(store, Bounds.within(bytes));
  }

  public DeviceWindows(WindowStore store, Bounds bounds) {
    this.store = store;
    this.bounds = bounds;
    this.number = store.lastNews();
    store.news().forEach((at, entries) -> entries.forEach(entry -> news.add(at, entry)));
  }

  public ReadingHash readingHash() {
    return store.readingHash();
  }

  /** A reading that the enrolment before has brought already is the same one. */
  public Standing look(Key key, long sequence, Hashes hashes) {
    Standing own = look(of(key), sequence, hashes);
    return switch (own) {
      case FIRST, AHEAD, JUMP, TOO_FAR, LATE ->
          key.enrolment() > Key.FIRST_ENROLMENT
                  && look(of(key.before()), sequence, hashes) == Standing.SAME
              ? Standing.SAME
              : own;
      case SAME, OTHER, FORGOTTEN -> own;
    };
  }

  private static Standing look(SequenceWindow window, long sequence, Hashes hashes) {
    Standing standing = window.look(sequence, hashes.reading());
    return standing == Standing.OTHER
        ? window.look(sequence, hashes.whole().getAsLong())
        : standing;
  }

  public void use(Key key, long sequence, Hashes hashes, long offset) {
    SequenceWindow window = of(key);
    window.use(sequence, hashes.reading(), offset);
    changed.put(key, window);
    used.add(new WindowNews.Entry(key, sequence, hashes.reading(), offset));
  }

  public SequenceWindow of(Key key) {
    SequenceWindow changedOne = changed.get(key);
    return changedOne != null ? changedOne : kept.computeIfAbsent(key, this::load);
  }

  private SequenceWindow load(Key key) {
    WindowStore.Stored stored = store.window(key);
    news.apply(key, stored.through(), stored.window());
    return stored.window();
  }

  /** What has to be stored, sealed. */
  public WindowTables.Stored sealed(long day) {
    long next = number + (used.isEmpty() ? 0 : 1);
    folding =
        news.oldest(
            next - bounds.news(), bounds.entries(), Math.max(bounds.folded(), changed.size()));
    var folded = new ArrayList<WindowTables.Folded>(folding.size());
    for (Key key : folding) {
      folded.add(new WindowTables.Folded(key, store.seal(key, of(key))));
    }
    return new WindowTables.Stored(
        next,
        used.isEmpty() ? Optional.empty() : Optional.of(store.sealNews(next, used)),
        folded,
        oldestAfter(next),
        day,
        day - FORGOTTEN_DAYS);
  }

  // News are in the order of their numbers: the first window that is not folded has the oldest.
  private long oldestAfter(long next) {
    return news.oldestBut(new HashSet<>(folding), next);
  }

  /** What changed is stored now. */
  public void committed() {
    number += used.isEmpty() ? 0 : 1;
    folding.forEach(news::folded);
    var whole = new HashSet<>(folding);
    for (WindowNews.Entry entry : used) {
      if (!whole.contains(entry.key())) {
        news.add(number, entry);
      }
    }
    used.clear();
    folding = List.of();
    kept.putAll(changed);
    changed.clear();
    var oldest = kept.keySet().iterator();
    while (kept.size() > bounds.kept()) {
      oldest.next();
      oldest.remove();
    }
  }
}
