package io.telltale.db;

import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One store: one writer thread that commits many callers' work in one durable transaction (each in
 * a savepoint of its own), and a few read connections. After a full disk, an I/O error or a lost
 * connection the next write starts on a fresh connection: no restart is needed.
 *
 * <p>What the environment cannot do is an {@link UnavailableException}, a damaged store a {@link
 * io.telltale.kernel.CorruptException}, a wrong statement an {@link IllegalStateException}.
 */
public final class Database implements AutoCloseable {
  private static final int READERS = 4;
  private static final int READER_WAIT_SECONDS = 5;

  private final StoreDriver driver;
  private final LinkedBlockingDeque<Reader> readers = new LinkedBlockingDeque<>();
  private final Writer writer;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicReference<@Nullable String> condemned = new AtomicReference<>();
  private final AuthenticStore store;

  /** Something done on a connection; must not commit, roll back or keep the connection. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  private Database(StoreDriver driver, Connection connection, StoreSeal seal, SealWriter sealing) {
    this.driver = driver;
    this.writer = new Writer(driver, connection, sealing);
    this.store = new AuthenticStore(driver, seal, this, sealing);
  }

  /** A connection to read with, for one reader at a time. */
  private final class Reader {
    private Connection connection;

    private Reader(Connection connection) {
      this.connection = connection;
    }

    /** A server may have ended it meanwhile: then with another one, before anything is read. */
    private Connection begun() throws SQLException {
      try {
        driver.beginRead(connection);
      } catch (SQLException e) {
        if (connection.isValid(Connections.VALID_SECONDS)) {
          throw e;
        }
        Connections.closeQuietly(connection);
        connection = driver.openReader();
        driver.beginRead(connection);
      }
      return connection;
    }
  }

  private void addReader(Connection connection) {
    readers.add(new Reader(connection));
  }

  /**
   * Opens or creates the store of {@code driver} and applies the {@code migrations} it has not
   * seen, all or none, in order; their number is the schema's version. One from a newer program is
   * refused, and one whose rows are not what was sealed: {@link
   * io.telltale.kernel.CorruptException}. One without seals gets them and is marked as adopted.
   */
  public static Database open(StoreDriver driver, List<String> migrations, StoreSeal seal) {
    var opened = new ArrayList<Connection>();
    try {
      driver.create();
      Connection connection = driver.openWriter();
      opened.add(connection);
      SealWriter sealing = new SealSetup(driver, connection, seal).open(migrations);
      for (int i = 0; i < READERS; i++) {
        opened.add(driver.openReader());
      }
      var database = new Database(driver, connection, seal, sealing);
      opened.subList(1, opened.size()).forEach(database::addReader);
      database.writer.start();
      return database;
    } catch (SQLException e) {
      opened.forEach(Connections::closeQuietly);
      throw driver.failure("opening " + driver.place(), e);
    } catch (RuntimeException e) {
      opened.forEach(Connections::closeQuietly);
      throw e;
    }
  }

  /** What watches over the rows. */
  public AuthenticStore store() {
    return store;
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
      throw new UnavailableException("waiting for a write to " + driver.place(), e);
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case RuntimeException cause -> cause;
        case Error cause -> throw cause;
        case null, default -> new IllegalStateException("writing to " + driver.place(), e);
      };
    }
  }

  /**
   * As {@link #write}, without waiting, and what fails comes out in the same ways; fails at once
   * when too much is queued.
   */
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
    Reader reader;
    try {
      reader = readers.poll(READER_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("waiting to read " + driver.place(), e);
    }
    if (reader == null) {
      throw new UnavailableException("no free connection to read " + driver.place());
    }
    try {
      Connection connection = reader.begun();
      try {
        return work.run(connection);
      } finally {
        driver.endRead(connection);
      }
    } catch (SQLException e) {
      throw driver.failure("reading " + driver.place(), e);
    } finally {
      readers.add(reader);
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
        Reader reader = readers.poll(READER_WAIT_SECONDS, TimeUnit.SECONDS);
        if (reader != null) {
          Connections.closeQuietly(reader.connection);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
