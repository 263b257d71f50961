package io.telltale.ledger;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that numbers events. It takes them from the queue and from the outboxes in turn,
 * makes each group durable in one commit of the index, appends it to the tree and publishes.
 */
final class Sequencer implements AutoCloseable {
  private static final int QUEUE_MAX = 4_096;
  private static final int GROUP_MAX = 256;
  private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(30);

  private final EventIndex index;
  private final EventSealing sealing;
  private final TreeStore tree;
  private final long publishEveryNanos;
  private final LongSupplier nanoTime;
  private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
  private final List<OutboxDrain> drains = new CopyOnWriteArrayList<>();
  private final Thread thread;

  // Owned by the thread.
  private long publishAt;
  private boolean indexUnsure;

  private final AtomicLong publishWanted = new AtomicLong();
  private volatile boolean closing;
  private volatile @Nullable RuntimeException problem;

  /** An event of a caller who waits. */
  private record Waiting(EventSealing.Prepared event, CompletableFuture<Long> done) {}

  Sequencer(EventIndex index, EventSealing sealing, TreeStore tree, LedgerParts parts) {
    this.index = index;
    this.sealing = sealing;
    this.tree = tree;
    this.publishEveryNanos = parts.publishEvery().toNanos();
    this.nanoTime = parts.nanoTime();
    this.publishAt = nanoTime.getAsLong();
    this.thread = Thread.ofPlatform().name("ledger-sequencer").daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Completes with the event's number once it is durable. */
  CompletableFuture<Long> submit(EventSealing.Prepared event) {
    var waiting = new Waiting(event, new CompletableFuture<>());
    if (closing || !thread.isAlive() || !queue.offer(waiting)) {
      waiting.done().completeExceptionally(refusal());
    }
    LockSupport.unpark(thread);
    return waiting.done();
  }

  private RuntimeException refusal() {
    RuntimeException found = problem;
    if (found instanceof CorruptException) {
      return found;
    }
    return new UnavailableException(
        closing ? "the ledger is closed" : "too many events wait for the ledger");
  }

  /** From now on, what {@code outbox} commits is sequenced, after what was taken before. */
  void attach(Outbox outbox) {
    long last = index.sources().getOrDefault(outbox.source(), 0L);
    var drain = new OutboxDrain(outbox, sealing, last, nanoTime);
    drains.add(drain);
    outbox.onCommitted(
        () -> {
          drain.wake();
          LockSupport.unpark(thread);
        });
    LockSupport.unpark(thread);
  }

  /** Asks for a checkpoint of at least {@code size} without waiting for the interval. */
  void publishSoon(long size) {
    publishWanted.accumulateAndGet(size, Math::max);
    LockSupport.unpark(thread);
  }

  /** What keeps the ledger from working now, or the empty text. */
  String problem() {
    RuntimeException found = problem;
    return found == null ? "" : String.valueOf(found.getMessage());
  }

  private void run() {
    try {
      while (!closing || !queue.isEmpty()) {
        boolean busy = takeQueue();
        busy |= takeOutboxes();
        publishWhenDue();
        if (!busy && !closing) {
          LockSupport.parkNanos(IDLE_NANOS);
        }
      }
      takeOutboxes();
      publishAt = nanoTime.getAsLong();
      publishWhenDue();
    } catch (RuntimeException e) {
      // Nothing that we know how to live with: stop, and let everyone hear why.
      problem = e;
    } finally {
      queue.forEach(waiting -> waiting.done().completeExceptionally(refusal()));
    }
  }

  private boolean takeQueue() {
    var group = new ArrayList<Waiting>(GROUP_MAX);
    queue.drainTo(group, GROUP_MAX);
    if (group.isEmpty()) {
      return false;
    }
    try {
      long first = sequence(group.stream().map(Waiting::event).toList());
      for (int i = 0; i < group.size(); i++) {
        group.get(i).done().complete(first + i);
      }
    } catch (RuntimeException e) {
      group.forEach(waiting -> waiting.done().completeExceptionally(e));
      stopIfCorrupt(e);
    }
    return true;
  }

  private boolean takeOutboxes() {
    boolean busy = false;
    for (OutboxDrain drain : drains) {
      try {
        List<EventSealing.Prepared> group = drain.next(GROUP_MAX);
        if (!group.isEmpty()) {
          sequence(group);
          drain.sequenced(group.getLast().body().number());
          busy = true;
        }
      } catch (RuntimeException e) {
        // The commit may have landed: ask the index where it stands before taking any again.
        drain.failed(e, RETRY_NANOS, () -> index.sources().getOrDefault(drain.source(), 0L));
        stopIfCorrupt(e);
        problem = e;
      }
    }
    return busy;
  }

  private void stopIfCorrupt(RuntimeException e) {
    if (e instanceof CorruptException) {
      throw e;
    }
  }

  /** Makes {@code events} durable and part of the tree; returns the first one's number. */
  private long sequence(List<EventSealing.Prepared> events) {
    catchUp();
    if (tree.full()) {
      throw new UnavailableException("publishing what the ledger holds: " + problem());
    }
    long first = tree.size();
    var rows = new ArrayList<EventIndex.NewRow>(events.size());
    for (EventSealing.Prepared event : events) {
      rows.add(EventIndex.NewRow.of(first + rows.size(), event));
    }
    indexUnsure = true;
    index.add(rows);
    indexUnsure = false;
    events.forEach(event -> tree.append(event.leafBytes()));
    return first;
  }

  // A commit that failed may have landed all the same: what the index holds is what happened.
  private void catchUp() {
    if (indexUnsure) {
      appendMissing(index, tree);
      indexUnsure = false;
    }
  }

  /** Appends to the tree what the index holds beyond it. */
  static void appendMissing(EventIndex index, TreeStore tree) {
    long size = index.size();
    while (tree.size() < size) {
      index.leaves(tree.size(), GROUP_MAX).forEach(tree::append);
    }
  }

  private void publishWhenDue() {
    boolean wanted = publishWanted.get() > tree.published().checkpoint().size();
    if (!wanted && nanoTime.getAsLong() - publishAt < 0) {
      return;
    }
    try {
      catchUp();
      if (!tree.unpublished()) {
        return;
      }
      tree.publish();
      index.published(tree.published().checkpoint().size());
      problem = null;
      publishAt = nanoTime.getAsLong() + publishEveryNanos;
    } catch (UnavailableException e) {
      problem = e;
      publishWanted.set(0);
      publishAt = nanoTime.getAsLong() + RETRY_NANOS;
    }
    synchronized (this) {
      notifyAll();
    }
  }

  /** Waits for a checkpoint of at least {@code size}, at most {@code wait}; false if none came. */
  synchronized boolean await(long size, Duration wait) throws InterruptedException {
    long until = nanoTime.getAsLong() + wait.toNanos();
    while (tree.published().checkpoint().size() < size) {
      publishSoon(size);
      long left = TimeUnit.NANOSECONDS.toMillis(until - nanoTime.getAsLong());
      if (left <= 0 || !thread.isAlive()) {
        return false;
      }
      wait(Math.min(left, 500));
    }
    return true;
  }

  /** Sequences what was handed in, publishes, stops. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    try {
      thread.join(CLOSE_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
