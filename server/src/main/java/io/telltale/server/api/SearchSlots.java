package io.telltale.server.api;

import io.telltale.kernel.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Who may search at once: few, and of each tenant one, so that no tenant has all slots. Some others
 * wait for a while, in the order in which they came. Thread-safe.
 */
final class SearchSlots {
  private final Bounds bounds;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Both under the lock.
  private final Set<TenantId> searching = new HashSet<>();
  private final List<Waiter> waiting = new ArrayList<>();

  /**
   * @param waitingMax of them all
   * @param waitingOfOneMax of one tenant
   */
  record Bounds(int searchesMax, int waitingMax, int waitingOfOneMax, Duration waitMax) {}

  // One object for each who waits, whoever it is.
  private static final class Waiter {
    private final TenantId tenant;

    Waiter(TenantId tenant) {
      this.tenant = tenant;
    }
  }

  SearchSlots(Bounds bounds) {
    this.bounds = bounds;
  }

  /** What {@code search} finds; empty where there was no slot in time. */
  <T> Optional<T> search(TenantId tenant, Supplier<T> search) {
    if (!enter(tenant)) {
      return Optional.empty();
    }
    try {
      return Optional.of(search.get());
    } finally {
      leave(tenant);
    }
  }

  private boolean enter(TenantId tenant) {
    lock.lock();
    try {
      return mayWait(tenant) && awaitTurn(new Waiter(tenant));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean mayWait(TenantId tenant) {
    return waiting.size() < bounds.waitingMax()
        && waiting.stream().filter(one -> one.tenant.equals(tenant)).count()
            < bounds.waitingOfOneMax();
  }

  private boolean awaitTurn(Waiter self) throws InterruptedException {
    waiting.add(self);
    try {
      long left = bounds.waitMax().toNanos();
      while (!isNext(self) && left > 0) {
        left = changed.awaitNanos(left);
      }
      return isNext(self) && searching.add(self.tenant);
    } finally {
      waiting.remove(self);
      changed.signalAll(); // Another may be the next now.
    }
  }

  private boolean isNext(Waiter self) {
    return searching.size() < bounds.searchesMax()
        && waiting.stream()
            .filter(one -> !searching.contains(one.tenant))
            .findFirst()
            .filter(self::equals)
            .isPresent();
  }

  private void leave(TenantId tenant) {
    lock.lock();
    try {
      searching.remove(tenant);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How many wait. */
  int waiting() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }
}
