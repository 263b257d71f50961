package io.telltale.keys;

import io.telltale.db.OutboxTable;
import io.telltale.db.Sql;
import io.telltale.kernel.Event;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.SQLException;

/** The changes that a transaction of the shred store can be made of. */
final class ShredTx {
  private final Connection connection;

  ShredTx(Connection connection) {
    this.connection = connection;
  }

  void scope(ShredStore.ScopeRow row) {
    change(
        "INSERT INTO scopes(scope, state, changed, destroy_after) VALUES(?,?,?,?) ON CONFLICT"
            + " (scope) DO UPDATE SET state = excluded.state, changed = excluded.changed,"
            + " destroy_after = excluded.destroy_after",
        row.scope().path(),
        KeyStateCodes.of(row.state()),
        row.changed().toEpochMilli(),
        row.destroyAfter().toEpochMilli());
  }

  void epoch(ShredStore.EpochRow row) {
    change(
        "INSERT INTO epochs(scope, day, version, public, generation, key_version, wrapped, signed)"
            + " VALUES(?,?,?,?,?,?,?,?) ON CONFLICT (scope, day, version)"
            + " DO UPDATE SET generation = excluded.generation,"
            + " key_version = excluded.key_version, wrapped = excluded.wrapped",
        row.epoch().scope().path(),
        row.epoch().day().toEpochDay(),
        row.epoch().version(),
        row.publicKey().borrow(),
        row.privateKey().generation(),
        row.privateKey().keyVersion(),
        row.privateKey().blob().borrow(),
        row.signed().borrow());
  }

  void signer(ShredStore.SignerRow row) {
    change(
        "INSERT INTO signers(version, public, generation, key_version, wrapped)"
            + " VALUES(?,?,?,?,?)",
        row.version(),
        row.publicKey().borrow(),
        row.privateKey().generation(),
        row.privateKey().keyVersion(),
        row.privateKey().blob().borrow());
  }

  void file(ShredStore.FileRow row) {
    change(
        "INSERT INTO files(file, scope, day, generation, key_version, wrapped)"
            + " VALUES(?,?,?,?,?,?)",
        row.file().fileId(),
        row.file().scope().path(),
        row.file().epoch().toEpochDay(),
        row.key().generation(),
        row.key().keyVersion(),
        row.key().blob().borrow());
  }

  /** Replaces the wrapping of a file that still has its key. */
  void rewrapped(ShredStore.FileRow row) {
    change(
        "UPDATE files SET generation = ?, key_version = ?, wrapped = ? WHERE file = ?",
        row.key().generation(),
        row.key().keyVersion(),
        row.key().blob().borrow(),
        row.file().fileId());
  }

  void forgetFile(String fileId) {
    change("DELETE FROM files WHERE file = ?", fileId);
  }

  void service(String service, int version, WrappedSecret secret) {
    change(
        "INSERT INTO services(service, version, generation, key_version, wrapped)"
            + " VALUES(?,?,?,?,?)",
        service,
        version,
        secret.generation(),
        secret.keyVersion(),
        secret.blob().borrow());
  }

  void generation(WrappedSecret secret) {
    change(
        "INSERT INTO generations(number, key_version, wrapped) VALUES(?,?,?)",
        secret.generation(),
        secret.keyVersion(),
        secret.blob().borrow());
  }

  void forgetScope(Scope scope) {
    change("DELETE FROM epochs WHERE scope = ?", scope.path());
    change("DELETE FROM files WHERE scope = ?", scope.path());
  }

  void grant(Grant grant) {
    change(
        "INSERT INTO grants(principal, scopes, operation) VALUES(?,?,?) ON CONFLICT DO NOTHING",
        grant.principal().uri(),
        grant.scopes(),
        grant.operation().name());
  }

  void withdraw(Grant grant) {
    change(
        "DELETE FROM grants WHERE principal = ? AND scopes = ? AND operation = ?",
        grant.principal().uri(),
        grant.scopes(),
        grant.operation().name());
  }

  void event(Event event) {
    try {
      OutboxTable.add(connection, ShredStore.OUTBOX, event);
    } catch (SQLException e) {
      throw new UnavailableException("changing the shred store", e);
    }
  }

  private void change(String sql, Object... values) {
    try {
      Sql.update(connection, sql, values);
    } catch (SQLException e) {
      throw new UnavailableException("changing the shred store", e);
    }
  }
}
