package io.telltale.pipeline.intake;

import io.telltale.kernel.Scope;
import io.telltale.pipeline.Place;
import io.telltale.pipeline.minutes.MinuteSearch;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the one entry that cannot be processed, so that it alone is dead-lettered and stops nobody.
 * One that fails while it is taken is known by its place; a commit that fails is tried again with
 * half of its entries, until one is left. It outlives the workers, whose state each failure undoes.
 * Not thread-safe.
 */
public final class Isolation {
  /** A failure may pass: only what fails this often is given up. */
  public static final int TRIES = 3;

  /** When so many in a row are given up and none is stored, the entries may not be to blame. */
  private static final int DOUBTFUL = 8;

  /** The heap may be full of others' things; with pauses between, some seconds. */
  static final int MEMORY_TRIES = 6;

  /** Threads or memory outside the heap are others', too; with pauses between, a minute. */
  static final int MACHINE_TRIES = 20;

  private final BooleanSupplier room;
  private final MinuteSearch minutes;
  private final Set<Place> givenUp = new HashSet<>();
  private @Nullable Place alone;
  private boolean aloneMet;
  private @Nullable Place suspect;
  private int tries;
  private int commitMax = Integer.MAX_VALUE;
  // Entries of the commit that failed which have not gone through since.
  private int unproven;
  private boolean unprovenLate;
  private boolean unprovenWithAggregates;
  // Behind those, of each partition.
  private List<Long> unprovenEnds = List.of();
  private int givenUpInARow;
  private boolean blamed;

  /**
   * @param room whether the heap has the room that one entry, whatever it is, must do with
   * @param random for the order in which things are tried
   */
  public Isolation(BooleanSupplier room, RandomGenerator random, LongSupplier nanoTime) {
    this.room = room;
    this.minutes = new MinuteSearch(room, random, nanoTime);
  }

  /** So many entries the next commit may take. */
  public int commitMax() {
    return commitMax;
  }

  boolean isGivenUp(Place place) {
    return givenUp.contains(place);
  }

  /** Whether some aggregates wait, so that no record is blamed for them. */
  boolean holdsAggregates() {
    return minutes.isOn() || looksForEntry();
  }

  /** Whether those of {@code scope} do. */
  public boolean holds(Scope scope) {
    return looksForEntry() || minutes.holds(scope);
  }

  private boolean looksForEntry() {
    return alone != null || commitMax != Integer.MAX_VALUE;
  }

  /** What aggregates wait for, or empty. */
  public String holdsAggregatesFor() {
    if (!holdsAggregates()) {
      return "";
    }
    if (looksForEntry()) {
      return "storing failed; which record is at fault is looked for";
    }
    return minutes.isHeld()
        ? "none of a scope can be stored; they are tried again each minute"
        : "storing them failed; which of a scope are at fault is looked for";
  }

  public MinuteSearch minutes() {
    return minutes;
  }

  /** Whether it is time to look for the aggregates that fail: no entry is looked for. */
  public boolean looksAmongMinutes() {
    return minutes.isOn() && !looksForEntry();
  }

  /** Whether to take time after a failure: perhaps it is no entry's. To be asked once for each. */
  public boolean isDoubtful() {
    boolean known = minutes.takeBlamed() || blamed;
    blamed = false;
    return !known || givenUpInARow >= DOUBTFUL;
  }

  /** Whether the heap ran out with it: it is to be the only one of its commit. */
  boolean takesAlone(Place place) {
    boolean itIs = place.equals(alone);
    aloneMet |= itIs;
    return itIs;
  }

  /** A round begins, in which what is to be taken alone will be met, or it is not to be had now. */
  public void looksForAlone() {
    aloneMet = false;
  }

  /**
   * Nothing more can be taken now: of the log, or of what was set aside or asked for again. What
   * was not met there is behind something that waits, or gone: nobody waits for it.
   */
  public void nothingMore(Predicate<Place> isThere) {
    if (alone != null && !aloneMet && isThere.test(alone)) {
      alone = null;
    }
  }

  /** The partition of what is to be taken alone, so that what comes meanwhile does not delay it. */
  public OptionalInt first() {
    return alone == null ? OptionalInt.empty() : OptionalInt.of(alone.partition());
  }

  /** It is not to be had now: nobody waits for it. */
  void waits(Place place) {
    if (takesAlone(place)) {
      alone = null;
    }
  }

  public void halted(int partition) {
    if (alone != null && alone.partition() == partition) {
      alone = null;
    }
  }

  public void entryFailed(Place place) {
    blamed = true;
    failed(place, TRIES);
  }

  /**
   * Memory ran out while an entry was taken, or committed as the only one. It is to blame only if
   * that is so when nothing else was gathered, and the heap has room for whatever it may be: else
   * others are, and that passes.
   *
   * @param byItself whether nothing else was gathered
   */
  public void ranOutOfMemory(Place place, boolean byItself, OutOfMemoryError why) {
    if (!byItself || !takesAlone(place)) {
      alone = place;
    } else if (isTheMachines(why)) {
      failed(place, MACHINE_TRIES);
    } else if (room.getAsBoolean()) {
      failed(place, MEMORY_TRIES);
    }
  }

  // Nothing else tells them apart.
  private static boolean isTheMachines(OutOfMemoryError why) {
    String message = String.valueOf(why.getMessage());
    return message.contains("thread") || message.contains("direct");
  }

  private void failed(Place place, int triesMax) {
    tries = place.equals(suspect) ? tries + 1 : 1;
    suspect = place;
    if (tries >= triesMax) {
      givenUp.add(place);
      givenUpInARow++;
      forgetFailure();
    }
  }

  private void forgetFailure() {
    suspect = null;
    alone = null;
    tries = 0;
    commitMax = Integer.MAX_VALUE;
    unproven = 0;
  }

  /**
   * A commit that failed.
   *
   * @param first the place of its first entry, unless it had none
   * @param late whether it was of entries that had been set aside
   * @param ends up to where each partition was taken
   * @param withAggregates whether it had any
   */
  public record Failed(
      int entries, @Nullable Place first, boolean late, List<Long> ends, boolean withAggregates) {}

  public void commitFailed(Failed commit) {
    blamed = true;
    if (commit.entries() == 0 || commit.first() == null) {
      minutes.begin();
    } else if (commit.entries() == 1 && !commit.withAggregates()) {
      entryFailed(commit.first());
    } else {
      commitMax = Math.max(1, commit.entries() / 2);
      unproven = commit.entries();
      unprovenLate = commit.late();
      unprovenEnds = commit.ends();
      unprovenWithAggregates = commit.withAggregates();
    }
  }

  /** Whether to commit nothing else until the entry that fails is found: among late ones or not. */
  public boolean looksAmong(boolean late) {
    return unproven > 0 && unprovenLate == late;
  }

  /** Whether an entry of the log may be taken: not what came after those that are looked among. */
  boolean takes(Place place) {
    return !looksAmong(false) || place.offset() < unprovenEnds.get(place.partition());
  }

  /**
   * None of those that are looked among can be taken now: nothing else is to wait for that.
   *
   * @param late whether that is so of what was set aside, or of the log
   */
  public void allWait(boolean late) {
    if (looksAmong(late)) {
      forgetFailure();
    }
  }

  /** A commit went through. */
  public void committed(int entries, @Nullable Place first, int records) {
    if (first != null) {
      waits(first);
    }
    if (records > 0) {
      givenUpInARow = 0;
    }
    if (unproven > 0) {
      unproven -= entries;
      if (unproven <= 0) {
        if (unprovenWithAggregates) {
          // Every entry went through without them: it must have been those.
          minutes.begin();
        }
        forgetFailure();
      }
    }
  }

  /** It is a dead letter now. */
  public void buried(Place place) {
    givenUp.remove(place);
  }
}
