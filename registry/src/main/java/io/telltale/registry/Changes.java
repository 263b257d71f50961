package io.telltale.registry;

import io.telltale.db.Database;
import io.telltale.db.OutboxTable;
import io.telltale.registry.tables.Change;
import io.telltale.registry.tables.ViewLoad;
import io.telltale.roster.MemoryIdentityView;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;

/** Makes changes: each one transaction, in the view before the call returns. */
record Changes(
    Database database,
    InstantSource clock,
    String trustDomain,
    MemoryIdentityView view,
    OutboxTable outbox,
    List<Runnable> revocations) {

  @FunctionalInterface
  interface Body<T> {
    T run(Change change) throws SQLException;
  }

  <T> T run(Body<T> body) {
    return database.write(
        connection -> {
          var change = new Change(connection, clock.instant(), trustDomain);
          T result = body.run(change);
          List<MemoryIdentityView.Snapshot> touched = ViewLoad.touched(change);
          database.afterCommit(
              () -> {
                view.apply(touched, change.entries());
                outbox.committed();
                if (change.isRevocation()) {
                  revocations.forEach(Runnable::run);
                }
              });
          return result;
        });
  }
}
