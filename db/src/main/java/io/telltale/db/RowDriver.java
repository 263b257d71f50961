package io.telltale.db;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a kind of database tells of its own rows and declarations, for the seals over them. */
public interface RowDriver {
  /** The stores' tables, by name; neither the seals' own nor the driver's. */
  List<String> tables(Connection connection) throws SQLException;

  SealedTable table(Connection connection, int number, String name) throws SQLException;

  boolean hasSeals(Connection connection) throws SQLException;

  /** Everything declared, as rows of type, name, table and text, by type and name. */
  String declarations();

  /** A number that is another one once anything was declared. */
  String declarationsVersion();

  /** The counters that numbers of rows come from, as name and last number, by name. */
  String counters(Connection connection) throws SQLException;

  /** Each row with its seal, if it has one: key, change, tag, columns. */
  String withSeals(SealedTable table);

  /** The keys of seals that have no row. */
  String removed(SealedTable table);

  /** A key as {@link #withSeals} and {@link #removed} give it in their first column. */
  RowKey key(SealedTable table, ResultSet row) throws SQLException;

  /** Declares what {@link #watch} rests on, where that is part of the schema. */
  void prepare(Connection writer, List<String> tables) throws SQLException;

  /** Has the writer's connection report each row of these tables that is touched on it. */
  Touches watch(Connection writer, List<SealedTable> tables, Report report) throws SQLException;

  /** Prepares a connection for a long look at everything. */
  Breaks breaks(Connection reader, CheckPace pace) throws SQLException;

  /** What the database itself finds wrong with its pages, each in its own words. */
  List<String> damagedPages(Connection reader) throws SQLException;

  /** Takes the rows that a work touched, in the order touched. */
  @FunctionalInterface
  interface Report {
    /** A row of a table as it was or as it is now. */
    void touched(SealedTable table, RowKey key, List<@Nullable Object> columns, boolean old);
  }

  /** What was touched and not reported yet. */
  @FunctionalInterface
  interface Touches {
    void report() throws SQLException;
  }

  /** Lets somebody else decide how fast, and whether, a long look goes on. */
  interface Breaks {
    /** Called behind each row; may end the look by throwing. */
    void afterRow();

    /** Why the look was ended from here, or empty. */
    String why();
  }
}
