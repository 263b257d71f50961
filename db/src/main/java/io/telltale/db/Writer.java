package io.telltale.db;

import io.telltale.kernel.InDoubtException;
import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes. A group of jobs shares one BEGIN and COMMIT, and so one sync of the
 * disk. Only this thread touches {@link #connection} and {@link #actions} after the start.
 */
final class Writer {
  private static final System.Logger LOG = System.getLogger(Writer.class.getName());
  private static final int QUEUE_MAX = 4_096;
  private static final int GROUP_MAX = 256;
  private static final long CLOSE_WAIT_SECONDS = 30;
  private static final int TURNS_UNTIL_TIDY = 256;

  private final StoreDriver driver;
  private final RowSealing sealing;
  private final BlockingQueue<Job<?>> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
  private final List<Runnable> actions = new ArrayList<>();
  private final Thread thread;
  private final List<Runnable> unsettled = new ArrayList<>();
  private @Nullable Connection connection;
  // Of the last transaction whose end is not known.
  private boolean landed;
  private int turns;
  private volatile boolean closing;
  private volatile boolean ended;

  private record Job<T extends @Nullable Object>(
      Database.Work<T> work, CompletableFuture<T> outcome) {}

  Writer(StoreDriver driver, Connection connection, RowSealing sealing) {
    this.driver = driver;
    this.sealing = sealing;
    this.connection = connection;
    this.thread =
        Thread.ofPlatform().name("db-writer-" + driver.name()).daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void requireOtherThread() {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException("a work that waits for another write would wait for ever");
    }
  }

  void afterCommit(Runnable action) {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException("afterCommit belongs inside a work");
    }
    actions.add(action);
  }

  <T extends @Nullable Object> CompletableFuture<T> submit(Database.Work<T> work) {
    var job = new Job<>(work, new CompletableFuture<T>());
    if (closing || !queue.offer(job)) {
      String why = closing ? "closed: " : "too many writes wait for ";
      job.outcome().completeExceptionally(new UnavailableException(why + driver.place()));
    } else if (ended && queue.remove(job)) {
      job.outcome().completeExceptionally(new UnavailableException("closed: " + driver.place()));
    }
    return job.outcome();
  }

  private void run() {
    var group = new ArrayList<Job<?>>(GROUP_MAX);
    while (!closing || !queue.isEmpty()) {
      try {
        Job<?> first = queue.poll(100, TimeUnit.MILLISECONDS);
        if (first != null) {
          group.add(first);
          queue.drainTo(group, GROUP_MAX - 1);
          commit(group);
        } else if (!unsettled.isEmpty()) {
          settled();
        }
        tidy();
      } catch (InterruptedException e) {
        closing = true;
      } finally {
        group.clear();
        actions.clear();
      }
    }
    // Who offers after this sees `ended` and takes the job back, so no caller waits for ever.
    ended = true;
    queue.forEach(
        job ->
            job.outcome()
                .completeExceptionally(new UnavailableException("closed: " + driver.place())));
    discardConnection();
  }

  // By turns, of a group or of a tenth of a second without any: time is not ours to read.
  private void tidy() {
    turns++;
    Connection open = connection;
    if (turns % TURNS_UNTIL_TIDY != 0 || open == null) {
      return;
    }
    try {
      driver.tidy(open);
    } catch (SQLException | RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "db.not-tidied store=" + driver.place(), e);
      discardConnection();
    }
  }

  // Outcomes complete only after the commit: nobody may act on work that a crash would undo.
  private void commit(List<Job<?>> group) {
    var done = new ArrayList<Runnable>(group.size());
    boolean committing = false;
    try {
      Connection open = begun();
      for (Job<?> job : group) {
        done.add(runInSavepoint(open, job));
      }
      committing = true;
      driver.commit(open);
      sealing.committed();
    } catch (SQLException | RuntimeException | Error e) {
      // The database may or may not have rolled back by itself (a full disk makes it). A fresh
      // connection has no transaction for certain; going on with this one could commit half a
      // group.
      discardConnection();
      if (committing) {
        unsettled.addAll(actions);
      }
      switch (committing ? settled() : Fate.UNDONE) {
        case LANDED -> done.forEach(Runnable::run);
        case UNDONE -> fail(group, told(e));
        case UNKNOWN -> fail(group, new InDoubtException("writing to " + driver.place(), e));
      }
      return;
    }
    actions.forEach(this::runAction);
    done.forEach(Runnable::run);
  }

  private <T extends @Nullable Object> Runnable runInSavepoint(Connection open, Job<T> job)
      throws SQLException {
    int actionsBefore = actions.size();
    Connections.execute(open, "SAVEPOINT job");
    sealing.begin();
    try {
      T result = job.work().run(open);
      sealing.seal(open);
      Connections.execute(open, "RELEASE job");
      return () -> job.outcome().complete(result);
    } catch (SQLException | RuntimeException e) {
      undo(open, e);
      sealing.undo();
      actions.subList(actionsBefore, actions.size()).clear();
      Throwable told = told(e);
      return () -> job.outcome().completeExceptionally(told);
    }
  }

  // Whoever waits for a work knows no kind of database: a connection that was lost must not look
  // like a mistake in what was to be written.
  private Throwable told(Throwable failure) {
    return failure instanceof SQLException e
        ? driver.failure("writing to " + driver.place(), e)
        : failure;
  }

  private void undo(Connection open, Exception reason) throws SQLException {
    try {
      Connections.execute(open, "ROLLBACK TO job");
      Connections.execute(open, "RELEASE job");
    } catch (SQLException gone) {
      // The database undid the whole group when the work failed: the work's failure is everybody's.
      reason.addSuppressed(gone);
      if (reason instanceof SQLException sql) {
        throw sql;
      }
      throw new UnavailableException("keeping a transaction open on " + driver.place(), reason);
    }
  }

  private void runAction(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      // The commit stands, and the other actions must see theirs.
      LOG.log(System.Logger.Level.ERROR, "db.after-commit-failed store=" + driver.place(), e);
    }
  }

  private static void fail(List<Job<?>> group, Throwable why) {
    group.forEach(job -> job.outcome().completeExceptionally(why));
  }

  /** What became of a commit whose answer was lost. */
  private enum Fate {
    LANDED,
    UNDONE,
    UNKNOWN
  }

  /** Whether the commit that failed stands all the same, as far as that can be found out now. */
  private Fate settled() {
    try {
      connected();
      return landed ? Fate.LANDED : Fate.UNDONE;
    } catch (SQLException | RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "db.not-settled store=" + driver.place(), e);
      discardConnection();
      return Fate.UNKNOWN;
    }
  }

  /** A server may have ended the connection meanwhile: then on another one. */
  private Connection begun() throws SQLException {
    Connection open = connected();
    try {
      driver.begin(open);
      return open;
    } catch (SQLException e) {
      if (open.isValid(Connections.VALID_SECONDS)) {
        throw e;
      }
      discardConnection();
      Connection other = connected();
      driver.begin(other);
      return other;
    }
  }

  private Connection connected() throws SQLException {
    Connection open = connection;
    if (open == null) {
      open = driver.openWriter();
      connection = open;
      sealing.install(open);
      landed = sealing.landed();
      if (landed) {
        unsettled.forEach(this::runAction);
      }
      unsettled.clear();
    }
    return open;
  }

  private void discardConnection() {
    Connection open = connection;
    connection = null;
    sealing.failed();
    if (open != null) {
      Connections.closeQuietly(open);
    }
  }

  void close() {
    closing = true;
    try {
      if (!thread.join(Duration.ofSeconds(CLOSE_WAIT_SECONDS))) {
        throw new UnavailableException("waiting for the last write to " + driver.place());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
