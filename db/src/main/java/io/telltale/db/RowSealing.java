package io.telltale.db;

import java.sql.Connection;
import java.sql.SQLException;

/** What the writer does for the rows' authenticity, each on its own thread. */
interface RowSealing {
  /** Prepares a fresh connection. */
  void install(Connection connection) throws SQLException;

  /** A work begins. */
  void begin();

  /** A work is done: seals the rows that it touched, in the same transaction. */
  void seal(Connection connection) throws SQLException;

  /** The work was undone. */
  void undo();

  /** All works since the last call are durable. */
  void committed();

  /** Whether they are is not known: the connection is given up. */
  void failed();

  /** Whether the last {@link #install} has found that works of before {@link #failed()} stand. */
  boolean landed();
}
