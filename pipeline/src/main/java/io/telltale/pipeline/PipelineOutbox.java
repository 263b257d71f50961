package io.telltale.pipeline;

import io.telltale.kernel.EventCodec;
import io.telltale.kernel.Outbox;
import io.telltale.sqlite.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The pipeline's and the lake's events on their way to the ledger. */
final class PipelineOutbox implements Outbox {
  private final Database database;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  PipelineOutbox(Database database) {
    this.database = database;
  }

  @Override
  public String source() {
    return "pipeline";
  }

  @Override
  public List<Numbered> after(long number, int limit) {
    return database.read(
        connection -> {
          var events = new ArrayList<Numbered>();
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT number, event FROM pipeline_outbox WHERE number > ?"
                      + " ORDER BY number LIMIT ?")) {
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

  // AUTOINCREMENT keeps the highest number ever given: deleting never leads to a reuse.
  @Override
  public void sequenced(long number) {
    database.<Object>write(
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement("DELETE FROM pipeline_outbox WHERE number <= ?")) {
            delete.setLong(1, number);
            return delete.executeUpdate();
          }
        });
  }

  @Override
  public void onCommitted(Runnable listener) {
    listeners.add(listener);
  }

  void committed() {
    listeners.forEach(Runnable::run);
  }
}
