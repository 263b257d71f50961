package io.telltale.db;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Where one store lives, and how a database of that kind does what SQL leaves open. A driver knows
 * no table of ours; {@link Database} knows no driver. Thread-safe.
 */
public interface StoreDriver {
  /** Short, for the names of threads. */
  String name();

  /** As messages call it: a path, or a schema and its server; never with a password. */
  String place();

  /** Makes room for it where there is none. */
  void create();

  /** Whether it is there, as far as that can be told without opening it. */
  boolean exists() throws IOException;

  /** What it takes, as far as that is known. */
  long bytes() throws IOException;

  /** A connection for the one writer; who comes second is refused. */
  Connection openWriter() throws SQLException;

  /** A connection that cannot write. */
  Connection openReader() throws SQLException;

  void begin(Connection writer) throws SQLException;

  /** As {@link #begin}, for what takes as long as it takes: no limit on time ends it. */
  void beginLong(Connection writer) throws SQLException;

  /** Returns once everything since {@link #begin} is durable. */
  void commit(Connection writer) throws SQLException;

  void rollback(Connection writer) throws SQLException;

  /** To be called every now and then between two transactions, for what a database asks of it. */
  void tidy(Connection writer) throws SQLException;

  /** From here on one state of the database is read. */
  void beginRead(Connection reader) throws SQLException;

  void endRead(Connection reader) throws SQLException;

  /** How many migrations were applied. */
  int version(Connection connection) throws SQLException;

  /** Runs the statements of one migration, which are written as SQLite reads them. */
  void apply(Connection writer, String migration) throws SQLException;

  void setVersion(Connection writer, int version) throws SQLException;

  /**
   * Tells what the environment cannot do ({@link io.telltale.kernel.UnavailableException}), damage
   * ({@link io.telltale.kernel.CorruptException}) and our mistakes apart.
   */
  RuntimeException failure(String attempted, SQLException cause);

  /** What the rows' seals need of it. */
  RowDriver rows();
}
