package io.telltale.dbtestkit;

import io.telltale.db.StoreDriver;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A store whose connection ends at a commit when a test says so, in either of the two ways. */
public final class BreakingStore implements ForwardingStore {
  private final StoreDriver real;
  private final AtomicReference<Break> next = new AtomicReference<>(Break.NONE);
  private final AtomicInteger broken = new AtomicInteger();
  private final AtomicInteger tidied = new AtomicInteger();
  private final AtomicBoolean away = new AtomicBoolean();

  /** What is lost of a commit. */
  public enum Break {
    NONE,
    /** All of it: the connection ends before. */
    WRITE,
    /** Word of it: the connection ends behind it. */
    REPLY,
    /** Word of it, and nobody writes until {@link #back}. */
    HOST
  }

  public BreakingStore(StoreDriver real) {
    this.real = real;
  }

  @Override
  public StoreDriver real() {
    return real;
  }

  /** Of the next commit that {@link #commit} is asked for. */
  public void breakNext(Break what) {
    next.set(what);
  }

  /** The host answers again. */
  public void back() {
    away.set(false);
  }

  /** How many commits were broken. */
  public int broken() {
    return broken.get();
  }

  /** How often it was tidied. */
  public int tidied() {
    return tidied.get();
  }

  @Override
  public void commit(Connection writer) throws SQLException {
    Break what = next.getAndSet(Break.NONE);
    if (what == Break.NONE) {
      real.commit(writer);
      return;
    }
    broken.incrementAndGet();
    if (what == Break.WRITE) {
      end(writer);
      real.commit(writer);
    } else {
      away.set(what == Break.HOST);
      real.commit(writer);
      end(writer);
      real.begin(writer);
    }
    throw new IllegalStateException("a connection that was ended goes on");
  }

  private static void end(Connection connection) throws SQLException {
    if (!TestStores.onPostgres()) {
      connection.close();
      return;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_terminate_backend(pg_backend_pid())");
    } catch (SQLException e) {
      // The server may end it before it answers.
    }
  }

  @Override
  public Connection openWriter() throws SQLException {
    if (away.get()) {
      throw new SQLException("nothing answers there", "08001");
    }
    return real.openWriter();
  }

  @Override
  public void tidy(Connection writer) throws SQLException {
    tidied.incrementAndGet();
    real.tidy(writer);
  }
}
