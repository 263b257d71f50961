package io.telltale.registry;

import io.telltale.kernel.EventCodec;
import io.telltale.kernel.Outbox;
import io.telltale.sqlite.Database;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The registry's events on their way to the ledger. */
final class RegistryOutbox implements Outbox {
  private final Database database;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  RegistryOutbox(Database database) {
    this.database = database;
  }

  @Override
  public String source() {
    return "registry";
  }

  @Override
  public List<Numbered> after(long number, int limit) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                "SELECT number, event FROM outbox WHERE number > ? ORDER BY number LIMIT ?",
                row -> new Numbered(row.getLong(1), EventCodec.decode(row.getBytes(2))),
                number,
                limit));
  }

  @Override
  public void sequenced(long number) {
    // AUTOINCREMENT keeps the highest number ever given, so deleting never leads to a reuse.
    database.write(
        connection -> Sql.update(connection, "DELETE FROM outbox WHERE number <= ?", number));
  }

  @Override
  public void onCommitted(Runnable listener) {
    listeners.add(listener);
  }

  void committed() {
    listeners.forEach(Runnable::run);
  }
}
