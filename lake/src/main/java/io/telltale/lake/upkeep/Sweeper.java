package io.telltale.lake.upkeep;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Halts;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeParts;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Unnamed;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deletes what the tables let go of and no reader needs, and now and then what a crash has left. In
 * bounded steps, between commits. Not thread-safe.
 */
public final class Sweeper implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Sweeper.class.getName());
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(10);
  private static final Duration SEARCH_EVERY = Duration.ofHours(6);
  private static final int OBJECTS_A_STEP = 1_024;

  private final LakeParts parts;
  private final TableStore tables;
  private final Readers readers;
  private final Deque<String> orphans = new ArrayDeque<>();
  private Instant swept = Instant.MIN;
  private Instant searched = Instant.MIN;
  private long left;
  private @Nullable OrphanSearch search;

  public Sweeper(LakeParts parts, TableStore tables, Readers readers) {
    this.parts = parts;
    this.tables = tables;
    this.readers = readers;
  }

  /**
   * One step, if one is due. To be called while no file waits for its commit. A step that fails
   * keeps nobody waiting: it comes again in a while.
   */
  public void step() {
    Instant now = parts.clock().instant();
    try {
      step(now);
      parts.halts().goesOn(Halts.Kind.SWEEP, "steps");
    } catch (UnavailableException e) {
      LOG.log(Level.WARNING, "lake.sweep.failed why={0}", e.getMessage());
      parts.halts().tell(Halts.Kind.SWEEP, "steps", 1, String.valueOf(e.getMessage()));
      swept = now;
      if (search != null) {
        endSearch();
        searched = now;
      }
    }
  }

  private void step(Instant now) {
    if (isDue(swept, now, SWEEP_EVERY)) {
      if (sweepUnnamed() < OBJECTS_A_STEP) {
        swept = now;
      }
    } else if (!orphans.isEmpty()) {
      sweepOrphans(now);
    } else if (search != null || isDue(searched, now, SEARCH_EVERY)) {
      search(now);
    }
  }

  // However wrong the clock is or was, the next step comes.
  private static boolean isDue(Instant last, Instant now, Duration every) {
    return last.equals(Instant.MIN) || Duration.between(last, now).abs().compareTo(every) >= 0;
  }

  private int sweepUnnamed() {
    List<Unnamed.Entry> entries =
        parts
            .database()
            .read(
                connection -> {
                  long unused = readers.unusedTo(Unnamed.last(connection));
                  return Unnamed.first(connection, unused, OBJECTS_A_STEP);
                });
    if (!entries.isEmpty()) {
      delete(entries.stream().map(Unnamed.Entry::object).toList());
      long to = entries.getLast().number();
      parts.database().write(connection -> Unnamed.remove(connection, to));
    }
    return entries.size();
  }

  private void search(Instant now) {
    try {
      if (search == null) {
        long salt = parts.random(Long.BYTES).asBuffer().getLong();
        search =
            new OrphanSearch(parts, tables, readers, new NameFilter(NameFilter.BITS_LOG_2, salt));
        // It finds those that were left, too.
        left = 0;
        parts.halts().goesOn(Halts.Kind.SWEEP, "objects");
      }
      if (!search.step()) {
        return;
      }
      orphans.addAll(search.orphans());
      parts.halts().goesOn(Halts.Kind.SWEEP, "orphans");
      if (!orphans.isEmpty()) {
        LOG.log(Level.INFO, "lake.orphans objects={0}", orphans.size());
      }
    } catch (CorruptException e) {
      // What cannot be read may name anything: nothing is an orphan until it can.
      LOG.log(Level.ERROR, "lake.orphans.unknown why={0}", e.getMessage());
      parts.halts().tell(Halts.Kind.SWEEP, "orphans", 1, String.valueOf(e.getMessage()));
    }
    endSearch();
    // Where there may be more, again as soon as these are deleted.
    searched = orphans.size() < OrphanSearch.ORPHANS_MAX ? now : Instant.MIN;
  }

  private void sweepOrphans(Instant now) {
    var some = new ArrayList<String>();
    while (some.size() < OBJECTS_A_STEP && !orphans.isEmpty()) {
      some.add(orphans.remove());
    }
    delete(some);
    if (orphans.isEmpty() && left > 0) {
      // They would all be found again at once, for ever.
      searched = now;
    }
  }

  private void delete(Collection<String> objects) {
    objects.forEach(this::delete);
    List<String> keys =
        objects.stream()
            .filter(object -> object.startsWith(SealedFile.FOLDER + "/"))
            .map(object -> "lake/" + object)
            .toList();
    if (!keys.isEmpty()) {
      parts.keys().apply(parts.self()).forget(keys);
    }
    LOG.log(Level.DEBUG, "lake.swept objects={0}", objects.size());
  }

  // What cannot be deleted now is an orphan without a key: the next search finds it.
  private void delete(String object) {
    try {
      parts.objects().delete(object);
    } catch (UnavailableException e) {
      LOG.log(Level.WARNING, "lake.sweep.left object={0} why={1}", object, e.getMessage());
      left++;
      parts.halts().tell(Halts.Kind.SWEEP, "objects", left, String.valueOf(e.getMessage()));
    }
  }

  private void endSearch() {
    OrphanSearch ended = search;
    search = null;
    if (ended != null) {
      ended.close();
    }
  }

  @Override
  public void close() {
    endSearch();
  }
}
