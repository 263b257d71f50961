package io.telltale.doors;

import io.telltale.roster.Identity;
import java.util.concurrent.CompletableFuture;

/** An open session of somebody, as {@link Sessions} holds it. Thread-safe. */
public interface LiveSession {
  /** As of the session's last refresh. */
  Identity identity();

  /**
   * Looks at the identity view again, on the session's own event loop: goes on under what it finds,
   * or closes. The future gives whether it closed, once it has.
   */
  CompletableFuture<Boolean> refresh();

  /**
   * The same principal has connected again, as {@code serial}: an older session ends. False when
   * this session is the newer one: then it is the other that has to end.
   */
  boolean takenOver(long serial);

  /** Whether nothing is under way on it, so that it can make room for another of its principal. */
  boolean isSpare();

  /** Closes to make room for another connection of the same principal. */
  void giveWay();

  /** Whether it spoke within the last few seconds: two live sessions are the sign of a clone. */
  boolean live();
}
