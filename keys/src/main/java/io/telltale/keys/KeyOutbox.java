package io.telltale.keys;

import io.telltale.kernel.EventCodec;
import io.telltale.kernel.Outbox;
import io.telltale.sqlite.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;

/** What the ledger has yet to take from the shred store. */
final class KeyOutbox implements Outbox {
  private final Database database;
  private volatile Runnable listener = () -> {};

  KeyOutbox(Database database) {
    this.database = database;
  }

  @Override
  public String source() {
    return "keys";
  }

  @Override
  public List<Numbered> after(long number, int limit) {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT number, event FROM outbox WHERE number > ? ORDER BY number LIMIT ?")) {
            select.setLong(1, number);
            select.setInt(2, limit);
            var events = new ArrayList<Numbered>();
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                events.add(new Numbered(rows.getLong(1), EventCodec.decode(rows.getBytes(2))));
              }
            }
            return events;
          }
        });
  }

  @Override
  public void sequenced(long number) {
    database.<Object>write(
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM outbox WHERE number <= ?")) {
            delete.setLong(1, number);
            return delete.executeUpdate();
          }
        });
  }

  @Override
  public void onCommitted(Runnable newListener) {
    listener = newListener;
  }

  void committed() {
    listener.run();
  }
}
