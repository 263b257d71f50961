package io.telltale.db;

import io.telltale.kernel.Event;
import io.telltale.kernel.EventCodec;
import io.telltale.kernel.Outbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/**
 * A database's events on their way to the ledger: a row is added in the transaction of the change
 * that it tells of, and deleted when the ledger has it. Thread-safe.
 */
public final class OutboxTable implements Outbox {
  private static final Pattern NAME = Pattern.compile("[a-z_]+");

  private final Database database;
  private final String source;
  private final String table;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /**
   * @param source the store's name in the ledger
   * @param table with {@code number INTEGER PRIMARY KEY AUTOINCREMENT} (deleting never leads to a
   *     reuse) and {@code event BLOB}
   */
  public OutboxTable(Database database, String source, String table) {
    this.database = database;
    this.source = source;
    this.table = named(table);
  }

  private static String named(String table) {
    if (!NAME.matcher(table).matches()) {
      throw new IllegalArgumentException("not a table's name: " + table);
    }
    return table;
  }

  /** Adds {@code event} within the caller's transaction. */
  public static void add(Connection transaction, String table, Event event) throws SQLException {
    Sql.update(
        transaction,
        "INSERT INTO " + named(table) + " (event) VALUES (?)",
        EventCodec.encode(event));
  }

  /** To be called once a transaction that added events is durable. */
  public void committed() {
    listeners.forEach(Runnable::run);
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public List<Numbered> after(long number, int limit) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                "SELECT number, event FROM " + table + " WHERE number > ? ORDER BY number LIMIT ?",
                row -> new Numbered(row.getLong(1), EventCodec.decode(row.getBytes(2))),
                number,
                limit));
  }

  @Override
  public void sequenced(long number) {
    database.write(
        connection ->
            Sql.update(connection, "DELETE FROM " + table + " WHERE number <= ?", number));
  }

  @Override
  public long forgotten() {
    return database.read(
        connection ->
            Sql.first(
                    connection,
                    "SELECT coalesce((SELECT min(number) - 1 FROM "
                        + table
                        + "), (SELECT seq FROM row_counter WHERE name = ?), 0)",
                    row -> row.getLong(1),
                    table)
                .orElse(0L));
  }

  @Override
  public void onCommitted(Runnable listener) {
    listeners.add(listener);
  }
}
