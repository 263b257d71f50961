package io.telltale.db;

import io.telltale.kernel.Event;
import io.telltale.kernel.EventCodec;
import io.telltale.kernel.Outbox;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
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
    try (PreparedStatement insert =
        transaction.prepareStatement("INSERT INTO " + named(table) + " (event) VALUES (?)")) {
      insert.setBytes(1, EventCodec.encode(event));
      insert.executeUpdate();
    }
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
        connection -> {
          var events = new ArrayList<Numbered>();
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT number, event FROM "
                      + table
                      + " WHERE number > ? ORDER BY number LIMIT ?")) {
            select.setLong(1, number);
            select.setInt(2, limit);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                events.add(new Numbered(rows.getLong(1), EventCodec.decode(rows.getBytes(2))));
              }
            }
          }
          return events;
        });
  }

  @Override
  public void sequenced(long number) {
    database.write(
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM " + table + " WHERE number <= ?")) {
            delete.setLong(1, number);
            return delete.executeUpdate();
          }
        });
  }

  @Override
  public long forgotten() {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT coalesce((SELECT min(number) - 1 FROM "
                      + table
                      + "), (SELECT seq FROM row_counter WHERE name = ?), 0)")) {
            select.setString(1, table);
            try (ResultSet row = select.executeQuery()) {
              return row.next() ? row.getLong(1) : 0;
            }
          }
        });
  }

  @Override
  public void onCommitted(Runnable listener) {
    listeners.add(listener);
  }
}
