package io.telltale.db;

import io.telltale.kernel.UnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One SQLite file, readable by its owner only: WAL, synchronous=FULL, one writer thread that
 * commits many callers' work in one transaction (each in a savepoint of its own), and a few read
 * connections. After a full disk or an I/O error the next write starts on a fresh connection: no
 * restart is needed.
 *
 * <p>What the environment cannot do is an {@link UnavailableException}, a damaged file a {@link
 * io.telltale.kernel.CorruptException}, a wrong statement an {@link IllegalStateException}.
 */
public final class Database implements AutoCloseable {
  private static final int READERS = 4;
  private static final int READER_WAIT_SECONDS = 5;

  private final Path file;
  private final LinkedBlockingDeque<Connection> readers = new LinkedBlockingDeque<>();
  private final Writer writer;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicReference<@Nullable String> condemned = new AtomicReference<>();
  private final Optional<AuthenticStore> store;

  /** Something done on a connection; must not commit, roll back or keep the connection. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  private Database(Path file, Connection connection, Optional<SealedOpening> sealed) {
    this.file = file;
    RowSealing sealing = sealed.<RowSealing>map(SealedOpening::writer).orElse(RowSealing.NONE);
    this.writer = new Writer(file, connection, sealing);
    this.store =
        sealed.map(opening -> new AuthenticStore(file, opening.seal(), this, opening.writer()));
  }

  private record SealedOpening(StoreSeal seal, SealWriter writer) {}

  /**
   * As {@link #open(Path, List, StoreSeal)}, for rows that something else authenticates: {@link
   * #store()} has none.
   */
  public static Database open(Path file, List<String> migrations) {
    return open(file, migrations, Optional.empty());
  }

  /**
   * Opens or creates {@code file} and applies the {@code migrations} it has not seen, all or none,
   * in order; their number is the schema's version (PRAGMA user_version). A file from a newer
   * program is refused, and one whose rows are not what was sealed: {@link
   * io.telltale.kernel.CorruptException}. One without seals gets them and is marked as adopted.
   */
  public static Database open(Path file, List<String> migrations, StoreSeal seal) {
    return open(file, migrations, Optional.of(seal));
  }

  private static Database open(Path file, List<String> migrations, Optional<StoreSeal> seal) {
    var opened = new ArrayList<Connection>();
    try {
      Connections.createPrivate(file);
      Connection connection = Connections.open(file);
      opened.add(connection);
      Optional<SealedOpening> sealed = sealed(file, connection, migrations, seal);
      for (int i = 0; i < READERS; i++) {
        opened.add(Connections.openReader(file));
      }
      var database = new Database(file, connection, sealed);
      database.readers.addAll(opened.subList(1, opened.size()));
      database.writer.start();
      return database;
    } catch (SQLException e) {
      opened.forEach(Connections::closeQuietly);
      throw Failures.of("opening the database " + file, e);
    } catch (RuntimeException e) {
      opened.forEach(Connections::closeQuietly);
      throw e;
    }
  }

  private static Optional<SealedOpening> sealed(
      Path file, Connection connection, List<String> migrations, Optional<StoreSeal> seal)
      throws SQLException {
    if (seal.isEmpty()) {
      Connections.migrate(file, connection, migrations);
      return Optional.empty();
    }
    SealWriter writer = new SealSetup(file, connection, seal.get()).open(migrations);
    return Optional.of(new SealedOpening(seal.get(), writer));
  }

  /** What watches over the rows; only a database that was opened without a seal has none. */
  public AuthenticStore store() {
    return store.orElseThrow(() -> new IllegalStateException(file + " was opened without a seal"));
  }

  void condemn(String why) {
    condemned.compareAndSet(null, why);
  }

  private void requireGood() {
    String why = condemned.get();
    if (why != null) {
      throw new CondemnedException(why);
    }
  }

  /**
   * Runs {@code work} in a transaction and returns once it is durable. An exception that the work
   * throws rolls back this work only and comes out here as it is (an {@link SQLException}
   * translated).
   */
  public <T extends @Nullable Object> T write(Work<T> work) {
    writer.requireOtherThread();
    requireGood();
    try {
      return writeLater(work).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("waiting for a write to " + file, e);
    } catch (ExecutionException e) {
      throw Failures.of("writing to " + file, e.getCause());
    }
  }

  /** As {@link #write}, without waiting; fails at once when too much is queued. */
  public <T extends @Nullable Object> CompletableFuture<T> writeLater(Work<T> work) {
    return writer.submit(
        connection -> {
          // At its turn: it may have waited while the damage was found.
          requireGood();
          return work.run(connection);
        });
  }

  /**
   * To be called inside a work given to {@link #write}: runs {@code action} once that work is
   * durable, on the writer thread, in commit order, before {@code write} returns; never when the
   * work is undone. It must be quick and must not write.
   */
  public void afterCommit(Runnable action) {
    writer.afterCommit(action);
  }

  /**
   * Runs {@code work} on a read-only connection, all of it on one state of the database; waits up
   * to 5 s for a free connection.
   */
  public <T extends @Nullable Object> T read(Work<T> work) {
    requireGood();
    Connection connection;
    try {
      connection = readers.poll(READER_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("waiting to read " + file, e);
    }
    if (connection == null) {
      throw new UnavailableException("no free connection to read " + file);
    }
    try {
      Connections.execute(connection, "BEGIN");
      try {
        return work.run(connection);
      } finally {
        Connections.execute(connection, "ROLLBACK");
      }
    } catch (SQLException e) {
      throw Failures.of("reading " + file, e);
    } finally {
      readers.add(connection);
    }
  }

  /** Finishes queued writes, then closes every connection; closing again does nothing. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    writer.close();
    for (int i = 0; i < READERS; i++) {
      try {
        Connection reader = readers.poll(READER_WAIT_SECONDS, TimeUnit.SECONDS);
        if (reader != null) {
          Connections.closeQuietly(reader);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
