package io.telltale.ledger;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the whole published tree in the background, over and over: some bundles a second, and a
 * pause when it is through. What it finds wrong stays found.
 */
final class LedgerScrub implements AutoCloseable {
  /** 8,192 events, some 10 ms of work: ten million events take twenty minutes. */
  private static final int BUNDLES_A_SECOND = 32;

  private static final Duration PAUSE = Duration.ofHours(6);

  private final TileFiles files;
  private final EventIndex index;
  private final TreeStore tree;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon(true).name("ledger-scrub").unstarted(task));
  private @Nullable TreeAudit audit;
  private long restUntil = System.nanoTime();
  private volatile @Nullable String finding;

  LedgerScrub(TileFiles files, EventIndex index, TreeStore tree) {
    this.files = files;
    this.index = index;
    this.tree = tree;
  }

  void start() {
    timer.scheduleWithFixedDelay(this::onTime, 1, 1, TimeUnit.SECONDS);
  }

  /** What was found wrong, the first thing only. */
  Optional<String> finding() {
    return Optional.ofNullable(finding);
  }

  private void onTime() {
    if (finding != null || System.nanoTime() - restUntil < 0) {
      return;
    }
    try {
      round();
    } catch (CorruptException e) {
      finding = e.getMessage();
    } catch (UnavailableException e) {
      // Cannot be read just now: says nothing about what is there.
      audit = null;
    }
  }

  /** Looks at the next bundles; false when the whole tree has been seen. */
  synchronized boolean round() {
    TreeAudit current = audit;
    if (current == null) {
      current = new TreeAudit(files, tree.published().checkpoint());
      audit = current;
    }
    for (int i = 0; i < BUNDLES_A_SECOND; i++) {
      if (!current.step((from, leaves) -> Ledger.same(files, index, from, leaves))) {
        audit = null;
        restUntil = System.nanoTime() + PAUSE.toNanos();
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    timer.shutdown();
    try {
      // The files and the index are let go after this.
      timer.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
