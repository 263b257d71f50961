package io.telltale.keys;

import io.telltale.db.Database;
import io.telltale.db.Sql;
import io.telltale.db.StoreDriver;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Scope;
import io.telltale.leases.FileKeys;
import io.telltale.leases.KeyState;
import io.telltale.leases.Operation;
import io.telltale.record.Epoch;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The shred store's database: {@code docs/format/keys.md}. Every secret in it is wrapped. */
final class ShredStore implements AutoCloseable {
  private static final List<String> MIGRATIONS =
      List.of(
          """
          CREATE TABLE scopes(
            scope TEXT PRIMARY KEY, state INTEGER NOT NULL, changed INTEGER NOT NULL,
            destroy_after INTEGER NOT NULL) WITHOUT ROWID\
          """,
          """
          CREATE TABLE epochs(
            scope TEXT NOT NULL, day INTEGER NOT NULL, version INTEGER NOT NULL,
            public BLOB NOT NULL, generation INTEGER NOT NULL, key_version INTEGER NOT NULL,
            wrapped BLOB NOT NULL, PRIMARY KEY(scope, day, version)) WITHOUT ROWID\
          """,
          """
          CREATE TABLE files(
            file TEXT PRIMARY KEY, scope TEXT NOT NULL, day INTEGER NOT NULL,
            generation INTEGER NOT NULL, key_version INTEGER NOT NULL,
            wrapped BLOB NOT NULL) WITHOUT ROWID\
          """,
          "CREATE INDEX files_of_scope ON files(scope)",
          """
          CREATE TABLE services(
            service TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
            key_version INTEGER NOT NULL, wrapped BLOB NOT NULL,
            PRIMARY KEY(service, version)) WITHOUT ROWID\
          """,
          """
          CREATE TABLE generations(
            number INTEGER PRIMARY KEY, key_version INTEGER NOT NULL, wrapped BLOB NOT NULL)\
          """,
          """
          CREATE TABLE grants(
            principal TEXT NOT NULL, scopes TEXT NOT NULL, operation TEXT NOT NULL,
            PRIMARY KEY(principal, scopes, operation)) WITHOUT ROWID\
          """,
          "CREATE TABLE outbox(number INTEGER PRIMARY KEY AUTOINCREMENT, event BLOB NOT NULL)",
          // Pairs without a signature are not handed out any more, and still open what was sealed.
          "ALTER TABLE epochs ADD COLUMN signed BLOB",
          """
          CREATE TABLE signers(
            version INTEGER PRIMARY KEY, public BLOB NOT NULL, generation INTEGER NOT NULL,
            key_version INTEGER NOT NULL, wrapped BLOB NOT NULL)\
          """);

  static final String OUTBOX = "outbox";

  private final Database database;

  private ShredStore(Database database) {
    this.database = database;
  }

  /** What a file's key opens is told by its box, so these rows may wait to be looked at. */
  static ShredStore open(StoreDriver driver, StoreSeal seal) {
    StoreSeal ours = seal.lookingLaterAt("files").quietAbout(OUTBOX);
    return new ShredStore(Database.open(driver, MIGRATIONS, ours));
  }

  /** A scope's row. {@code destroyAfter} counts only while destruction is pending. */
  record ScopeRow(Scope scope, KeyState state, Instant changed, Instant destroyAfter) {
    ScopeRow {
      // As it is stored: it must not be another one after a start.
      changed = changed.truncatedTo(ChronoUnit.MILLIS);
    }
  }

  /**
   * An epoch key pair's row.
   *
   * @param signed the statement that sealers get; empty for pairs older than statements
   */
  record EpochRow(Epoch epoch, Bytes publicKey, WrappedSecret privateKey, Bytes signed) {}

  /** The key pair that signs epoch keys. */
  record SignerRow(int version, Bytes publicKey, WrappedSecret privateKey) {}

  /** A file key's row. */
  record FileRow(FileKeys.Wanted file, WrappedSecret key) {}

  /** Runs {@code work} in one transaction and returns when it is durable. */
  void write(Consumer<ShredTx> work) {
    database.<Object>write(
        connection -> {
          work.accept(new ShredTx(connection));
          return connection;
        });
  }

  Database database() {
    return database;
  }

  List<ScopeRow> scopes() {
    return select(
        "SELECT scope, state, changed, destroy_after FROM scopes ORDER BY scope",
        rows ->
            new ScopeRow(
                scope(rows.getString(1)),
                KeyStateCodes.state(rows.getInt(2)),
                Instant.ofEpochMilli(rows.getLong(3)),
                Instant.ofEpochMilli(rows.getLong(4))));
  }

  private static final String EPOCH =
      "SELECT scope, day, version, public, generation, key_version, wrapped, signed FROM epochs ";

  List<EpochRow> epochs(Scope scope) {
    return select(EPOCH + "WHERE scope = ?", ShredStore::epochRow, scope.path());
  }

  /** The newest pair of a day. */
  Optional<EpochRow> newestEpoch(Scope scope, LocalDate day) {
    return select(
            EPOCH + "WHERE scope = ? AND day = ? ORDER BY version DESC LIMIT 1",
            ShredStore::epochRow,
            scope.path(),
            day.toEpochDay())
        .stream()
        .findFirst();
  }

  Optional<EpochRow> epoch(Epoch epoch) {
    return select(
            EPOCH + "WHERE scope = ? AND day = ? AND version = ?",
            ShredStore::epochRow,
            epoch.scope().path(),
            epoch.day().toEpochDay(),
            epoch.version())
        .stream()
        .findFirst();
  }

  private static final String FILE =
      "SELECT file, scope, day, generation, key_version, wrapped FROM files ";

  List<FileRow> files(Scope scope) {
    return select(FILE + "WHERE scope = ?", ShredStore::fileRow, scope.path());
  }

  Optional<FileRow> file(String fileId) {
    return select(FILE + "WHERE file = ?", ShredStore::fileRow, fileId).stream().findFirst();
  }

  Optional<SignerRow> signer(int version) {
    return select(
            "SELECT version, public, generation, key_version, wrapped FROM signers"
                + " WHERE version = ?",
            rows -> new SignerRow(rows.getInt(1), Bytes.adopt(rows.getBytes(2)), secret(rows, 3)),
            version)
        .stream()
        .findFirst();
  }

  Optional<WrappedSecret> service(String service, int version) {
    return select(
            "SELECT generation, key_version, wrapped FROM services"
                + " WHERE service = ? AND version = ?",
            rows -> secret(rows, 1),
            service,
            version)
        .stream()
        .findFirst();
  }

  /** The generations, as (number, key version, wrapped), oldest first. */
  List<WrappedSecret> generations() {
    return select(
        "SELECT number, key_version, wrapped FROM generations ORDER BY number",
        rows -> secret(rows, 1));
  }

  List<Grant> grants() {
    return select(
        "SELECT principal, scopes, operation FROM grants",
        rows ->
            new Grant(
                StoredNames.spiffeId(rows.getString(1)),
                rows.getString(2),
                Operation.valueOf(rows.getString(3))));
  }

  private static EpochRow epochRow(ResultSet rows) throws SQLException {
    var epoch =
        new Epoch(scope(rows.getString(1)), LocalDate.ofEpochDay(rows.getLong(2)), rows.getInt(3));
    byte[] signed = rows.getBytes(8);
    return new EpochRow(
        epoch,
        Bytes.adopt(rows.getBytes(4)),
        secret(rows, 5),
        signed == null ? Bytes.EMPTY : Bytes.adopt(signed));
  }

  private static FileRow fileRow(ResultSet rows) throws SQLException {
    var file =
        new FileKeys.Wanted(
            scope(rows.getString(2)), LocalDate.ofEpochDay(rows.getLong(3)), rows.getString(1));
    return new FileRow(file, secret(rows, 4));
  }

  private static WrappedSecret secret(ResultSet rows, int from) throws SQLException {
    return new WrappedSecret(
        rows.getInt(from), rows.getInt(from + 1), Bytes.adopt(rows.getBytes(from + 2)));
  }

  private static Scope scope(String path) {
    return StoredNames.scope(path);
  }

  private <T> List<T> select(String sql, Sql.Row<T> row, Object... values) {
    return database.read(connection -> Sql.list(connection, sql, row, values));
  }

  @Override
  public void close() {
    database.close();
  }
}
