package io.telltale.engine;

import io.telltale.kernel.UnavailableException;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Starts query workers, one for each question, and keeps one ready. A worker is a JVM of its own
 * with three jars on its class path, an empty environment, and a folder that says nothing.
 */
public final class WorkerPool implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(WorkerPool.class.getName());
  private static final Duration START_MAX = Duration.ofSeconds(30);

  /** So long a question waits for another to end. */
  private static final Duration TURN_MAX = Duration.ofSeconds(30);

  /** So that the answer before leaves without competing for a processor. */
  private static final Duration REFILL_AFTER = Duration.ofMillis(300);

  /** One starts the next worker, one ends those whose time is over. */
  private static final int THREADS = 2;

  private final ScheduledThreadPoolExecutor background =
      new ScheduledThreadPoolExecutor(
          THREADS, Thread.ofPlatform().daemon().name("lake-workers").factory());
  private final Semaphore turns;
  private final WorkerCommand command = WorkerCommand.find();
  private @Nullable WorkerProcess spare;
  private boolean wanted;
  private boolean closed;

  /** Nobody else's process may look into ours: the workers' least of all. */
  public static WorkerPool open(int workersMax) {
    LinuxProcess.available()
        .ifPresentOrElse(
            LinuxProcess::hide,
            () -> LOG.log(System.Logger.Level.WARNING, "query.worker_uncaged reason=not-linux"));
    return new WorkerPool(workersMax);
  }

  private WorkerPool(int workersMax) {
    turns = new Semaphore(workersMax, true);
    background.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    background.setRemoveOnCancelPolicy(true);
  }

  /** A worker for one question; closing it ends the process. */
  public final class BusyWorker implements AutoCloseable {
    private final WorkerProcess process;
    private final ScheduledFuture<?> deadline;
    private final AtomicBoolean ended = new AtomicBoolean();

    private BusyWorker(WorkerProcess process, Duration time) {
      this.process = process;
      this.deadline = background.schedule(process::expire, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    public WorkerProcess process() {
      return process;
    }

    @Override
    public void close() {
      deadline.cancel(false);
      process.close();
      if (ended.compareAndSet(false, true)) {
        turns.release();
      }
      warmUp();
    }
  }

  /** The spare one, or a new one where it is in use; waits while there are as many as may be. */
  public BusyWorker take(Duration time) {
    awaitTurn();
    WorkerProcess ready = null;
    try {
      ready = takeSpare();
      if (ready == null) {
        ready = start();
      }
      return new BusyWorker(ready, time);
    } finally {
      if (ready == null) {
        turns.release();
      }
    }
  }

  private void awaitTurn() {
    try {
      if (turns.tryAcquire(TURN_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new UnavailableException("waiting for other questions to end: ask again later");
  }

  /** The one that is ready, left where it is. */
  synchronized Optional<WorkerProcess> spare() {
    return Optional.ofNullable(spare);
  }

  private synchronized @Nullable WorkerProcess takeSpare() {
    WorkerProcess ready = spare;
    spare = null;
    if (ready != null && !ready.alive()) {
      ready.close();
      return null;
    }
    return ready;
  }

  /** Sees in the background to it that one is ready. */
  public synchronized void warmUp() {
    if (!closed && !wanted && spare == null && !background.isShutdown()) {
      wanted = true;
      background.schedule(this::refill, REFILL_AFTER.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void refill() {
    WorkerProcess fresh = null;
    try {
      fresh = start();
    } catch (UnavailableException e) {
      LOG.log(System.Logger.Level.WARNING, "query.worker_not_started", e);
    } finally {
      refilled(fresh);
    }
  }

  private synchronized void refilled(@Nullable WorkerProcess fresh) {
    wanted = false;
    if (fresh != null && (closed || spare != null)) {
      fresh.close();
    } else {
      spare = fresh;
    }
  }

  private WorkerProcess start() {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command.words())
              .directory(new File("/"))
              .redirectError(ProcessBuilder.Redirect.DISCARD);
      builder.environment().clear();
      var process = new WorkerProcess(builder.start());
      ScheduledFuture<?> deadline =
          background.schedule(process::expire, START_MAX.toMillis(), TimeUnit.MILLISECONDS);
      try {
        process.awaitReady();
      } finally {
        deadline.cancel(false);
      }
      return process;
    } catch (IOException e) {
      throw new UnavailableException("starting a query worker", e);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (spare != null) {
      spare.close();
      spare = null;
    }
    background.shutdown();
  }
}
