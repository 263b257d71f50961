package io.telltale.sqlite;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One SQLite file: WAL, synchronous=FULL, one writer thread that commits many callers' work in one
 * transaction (each in a savepoint of its own), and a few read connections.
 */
public final class Database implements AutoCloseable {
  private static final int QUEUE_MAX = 4_096;
  private static final int GROUP_MAX = 256;
  private static final int READERS = 4;
  private static final String[] PRAGMAS = {
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
  };

  private final Path file;
  private final Connection writer;
  private final LinkedBlockingDeque<Connection> readers = new LinkedBlockingDeque<>();
  private final BlockingQueue<Job<?>> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
  private final Thread writerThread;
  private volatile boolean closing;

  /** Something done on a connection; must not commit, roll back or keep the connection. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  private record Job<T extends @Nullable Object>(Work<T> work, CompletableFuture<T> outcome) {}

  private Database(Path file, Connection writer) {
    this.file = file;
    this.writer = writer;
    this.writerThread =
        Thread.ofPlatform()
            .name("db-writer-" + file.getFileName())
            .daemon(true)
            .unstarted(this::writeAll);
  }

  /**
   * Opens or creates {@code file} and applies the {@code migrations} it has not seen, each in one
   * transaction, in order; their number is the schema's version (PRAGMA user_version). A file from
   * a newer program is refused.
   */
  public static Database open(Path file, List<String> migrations) {
    try {
      Connection writer = connect(file);
      migrate(file, writer, migrations);
      var database = new Database(file, writer);
      for (int i = 0; i < READERS; i++) {
        Connection reader = connect(file);
        try (Statement statement = reader.createStatement()) {
          statement.execute("PRAGMA query_only=ON");
        }
        database.readers.add(reader);
      }
      database.writerThread.start();
      return database;
    } catch (SQLException e) {
      throw new UnavailableException("opening the database " + file, e);
    }
  }

  private static Connection connect(Path file) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      for (String pragma : PRAGMAS) {
        statement.execute(pragma);
      }
    }
    return connection;
  }

  private static void migrate(Path file, Connection connection, List<String> migrations)
      throws SQLException {
    int version;
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA user_version")) {
      version = rows.getInt(1);
    }
    if (version > migrations.size()) {
      throw new CorruptException(
          "%s has schema version %d, this program knows up to %d: start the newer program"
              .formatted(file, version, migrations.size()));
    }
    connection.setAutoCommit(false);
    for (int next = version; next < migrations.size(); next++) {
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate(migrations.get(next));
        statement.execute("PRAGMA user_version=" + (next + 1));
      }
      connection.commit();
    }
  }

  /**
   * Runs {@code work} in a transaction and returns once it is durable. An exception that the work
   * throws rolls back this work only and comes out here as it is ({@link SQLException} wrapped in
   * {@link UnavailableException}).
   */
  public <T extends @Nullable Object> T write(Work<T> work) {
    try {
      return writeLater(work).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("waiting for a write to " + file, e);
    } catch (ExecutionException e) {
      throw unwrap(e.getCause());
    }
  }

  /** As {@link #write}, without waiting; fails at once when too much is queued. */
  public <T extends @Nullable Object> CompletableFuture<T> writeLater(Work<T> work) {
    var job = new Job<>(work, new CompletableFuture<T>());
    if (closing || !queue.offer(job)) {
      job.outcome()
          .completeExceptionally(
              new UnavailableException(
                  (closing ? "closed: " : "too many writes wait for ") + file));
    }
    return job.outcome();
  }

  /** Runs {@code work} on a read-only connection; waits up to 5 s for a free one. */
  public <T extends @Nullable Object> T read(Work<T> work) {
    Connection connection;
    try {
      connection = readers.poll(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("waiting to read " + file, e);
    }
    if (connection == null) {
      throw new UnavailableException("no free connection to read " + file);
    }
    try {
      return work.run(connection);
    } catch (SQLException e) {
      throw new UnavailableException("reading " + file, e);
    } finally {
      readers.add(connection);
    }
  }

  private RuntimeException unwrap(@Nullable Throwable cause) {
    if (cause instanceof RuntimeException runtime) {
      return runtime;
    }
    return new UnavailableException(
        "writing to " + file, cause == null ? new IllegalStateException() : cause);
  }

  private void writeAll() {
    var group = new ArrayList<Job<?>>(GROUP_MAX);
    while (!closing || !queue.isEmpty()) {
      try {
        Job<?> first = queue.poll(100, TimeUnit.MILLISECONDS);
        if (first == null) {
          continue;
        }
        group.add(first);
        queue.drainTo(group, GROUP_MAX - 1);
        commit(group);
      } catch (InterruptedException e) {
        closing = true;
      } finally {
        group.clear();
      }
    }
    queue.forEach(
        job -> job.outcome().completeExceptionally(new UnavailableException("closed: " + file)));
  }

  // Outcomes complete only after the commit: nobody may act on work that a crash would undo.
  private void commit(List<Job<?>> group) {
    var done = new ArrayList<Runnable>(group.size());
    try {
      for (Job<?> job : group) {
        done.add(runInSavepoint(job));
      }
      writer.commit();
    } catch (SQLException e) {
      try {
        writer.rollback();
      } catch (SQLException again) {
        e.addSuppressed(again);
      }
      group.forEach(job -> job.outcome().completeExceptionally(e));
      return;
    }
    done.forEach(Runnable::run);
  }

  private <T extends @Nullable Object> Runnable runInSavepoint(Job<T> job) throws SQLException {
    Savepoint savepoint = writer.setSavepoint();
    try {
      T result = job.work().run(writer);
      writer.releaseSavepoint(savepoint);
      return () -> job.outcome().complete(result);
    } catch (SQLException | RuntimeException e) {
      writer.rollback(savepoint);
      writer.releaseSavepoint(savepoint);
      return () -> job.outcome().completeExceptionally(e);
    }
  }

  /** Finishes queued writes, then closes every connection. */
  @Override
  public void close() {
    closing = true;
    try {
      writerThread.join(TimeUnit.SECONDS.toMillis(30));
      writer.close();
      for (Connection reader : readers) {
        reader.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      throw new UnavailableException("closing " + file, e);
    }
  }
}
