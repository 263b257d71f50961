package io.telltale.keys;

import io.telltale.crypto.AesBox;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.AuthenticStore;
import io.telltale.db.Database;
import io.telltale.db.Sql;
import io.telltale.db.StoreDriver;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.KeyState;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The embedded backend: keys in a small database, each sealed under the root key in a file. As safe
 * as the file's mode and, if there is one, its passphrase.
 */
public final class FileBackend implements KeyBackend {
  private static final List<String> MIGRATIONS =
      List.of(
          """
          CREATE TABLE keys(
            name TEXT NOT NULL, version INTEGER NOT NULL, state INTEGER NOT NULL,
            created INTEGER NOT NULL, sealed BLOB, PRIMARY KEY(name, version)) WITHOUT ROWID\
          """);
  private static final int KEY_SIZE = 32;

  private final Database database;
  private final AesKey root;
  private final SecretBytes stores;
  private final Entropy entropy;
  private final InstantSource clock;
  private final boolean passphrase;
  private boolean rootReplaced;

  private FileBackend(Database database, AesKey root, SecretBytes stores, Environment environment) {
    this.database = database;
    this.root = root;
    this.stores = stores;
    this.entropy = environment.entropy();
    this.clock = environment.clock();
    this.passphrase = environment.passphrase() instanceof Passphrase.Given;
  }

  /** What the backend takes from outside. */
  public record Environment(Passphrase passphrase, Entropy entropy, InstantSource clock) {}

  /**
   * Opens {@code folder}, which has the root key, and the {@code store} of all others, or makes
   * both with a new root key. Throws {@link CorruptException} for a wrong passphrase, {@link
   * io.telltale.kernel.UnavailableException} for a missing one.
   */
  public static FileBackend open(Path folder, StoreDriver store, Environment environment) {
    return open(folder, store, environment, step -> {});
  }

  /** {@code steps} hears of each step of a change of the root key; a seam for tests that crash. */
  static FileBackend open(
      Path folder, StoreDriver store, Environment environment, Consumer<String> steps) {
    try {
      PrivateFiles.folder(folder);
    } catch (IOException e) {
      throw new UnavailableException("making the folder " + folder, e);
    }
    requireNoneLost(folder, store);
    Entropy entropy = environment.entropy();
    RootKeyFile.Opened keys = RootKeyFile.open(folder, environment.passphrase(), entropy);
    AesKey root = AesKey.of(keys.root());
    Optional<AesKey> before = keys.before().map(AesKey::of);
    keys.root().close();
    keys.before().ifPresent(SecretBytes::close);
    steps.accept("key made");
    before.ifPresent(old -> StoreKeyFile.reseal(folder, old, root, entropy));
    steps.accept("store keys sealed");
    SecretBytes stores = StoreKeyFile.open(folder, root, entropy);
    StoreSeal seal = StoreKeyFile.seal(stores, "backend", entropy);
    Database database = Database.open(store, MIGRATIONS, seal);
    var backend = new FileBackend(database, root, stores, environment);
    try {
      before.ifPresent(
          old -> {
            backend.reseal(old);
            steps.accept("keys sealed");
            RootKeyFile.finish(folder);
            backend.rootReplaced = true;
            steps.accept("done");
          });
      return backend;
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  /** A key that is made beside what a lost one sealed opens nothing, and hides what happened. */
  private static void requireNoneLost(Path folder, StoreDriver store) {
    try {
      if (RootKeyFile.isMissing(folder) && (StoreKeyFile.mayExist(folder) || store.exists())) {
        throw lost(RootKeyFile.in(folder));
      }
      if (StoreKeyFile.isMissing(folder) && store.exists() && hasSeals(store)) {
        throw lost(StoreKeyFile.in(folder));
      }
    } catch (IOException e) {
      throw new UnavailableException("looking for " + store.place(), e);
    }
  }

  private static boolean hasSeals(StoreDriver store) {
    try (Connection connection = store.openReader()) {
      return store.rows().hasSeals(connection);
    } catch (SQLException e) {
      throw store.failure("reading " + store.place(), e);
    }
  }

  private static CorruptException lost(Path file) {
    return new CorruptException(
        "%s is missing, and what it sealed is there. Nothing was made in its place. %s"
            .formatted(file, Finding.FROM_A_COPY));
  }

  /** Seals each key again that is still under the root key before, all or none. */
  private void reseal(AesKey before) {
    database.<Object>write(
        connection -> {
          for (Sealed one : sealed(connection)) {
            Bytes label = label(one.name(), one.version());
            if (AesBox.open(root, label, one.box()).isEmpty()) {
              try (SecretBytes secret = opened(before, one.name(), one.version(), one.box())) {
                put(connection, one, AesBox.seal(root, entropy, label, secret));
              }
            }
          }
          return before;
        });
  }

  private record Sealed(String name, int version, Bytes box) {}

  private static List<Sealed> sealed(Connection connection) throws SQLException {
    return Sql.list(
        connection,
        "SELECT name, version, sealed FROM keys WHERE sealed IS NOT NULL",
        row -> new Sealed(row.getString(1), row.getInt(2), Bytes.adopt(row.getBytes(3))));
  }

  private static void put(Connection connection, Sealed one, Bytes box) throws SQLException {
    Sql.update(
        connection,
        "UPDATE keys SET sealed = ? WHERE name = ? AND version = ?",
        box,
        one.name(),
        one.version());
  }

  @Override
  public StoreSeal storeSeal(String store) {
    return StoreKeyFile.seal(stores, store, entropy);
  }

  /** Our own database, for those who watch over it. */
  public AuthenticStore store() {
    return database.store();
  }

  /** Whether this opening put a new root key in the place of one that lay in the clear. */
  public boolean rootReplaced() {
    return rootReplaced;
  }

  /** Whether the root key is protected by more than the mode of its file. */
  public boolean hasPassphrase() {
    return passphrase;
  }

  @Override
  public int create(String key) {
    try (SecretBytes secret = entropy.secret(KEY_SIZE)) {
      return database.write(connection -> insert(connection, key, secret));
    }
  }

  private int insert(Connection connection, String key, SecretBytes secret) throws SQLException {
    int version = all(connection, key).stream().mapToInt(Version::number).max().orElse(0) + 1;
    Sql.update(
        connection,
        "INSERT INTO keys(name, version, state, created, sealed) VALUES(?,?,?,?,?)",
        key,
        version,
        KeyStateCodes.of(KeyState.ENABLED),
        clock.millis(),
        AesBox.seal(root, entropy, label(key, version), secret));
    return version;
  }

  @Override
  public List<Version> versions(String key) {
    return database.read(connection -> all(connection, key));
  }

  private static List<Version> all(Connection connection, String key) throws SQLException {
    return Sql.list(
        connection,
        "SELECT version, state, created FROM keys WHERE name = ? ORDER BY version",
        row ->
            new Version(
                row.getInt(1),
                KeyStateCodes.state(row.getInt(2)),
                Instant.ofEpochMilli(row.getLong(3))),
        key);
  }

  @Override
  public Wrapped wrap(String key, Bytes context, SecretBytes secret) {
    List<Version> versions = versions(key);
    if (versions.isEmpty()) {
      return new Wrapped.Refused(KeyState.DESTROYED);
    }
    Version newest = versions.getLast();
    return newest.state().usable()
        ? new Wrapped.Done(
            newest.number(), AesBox.seal(load(key, newest.number()), entropy, context, secret))
        : new Wrapped.Refused(newest.state());
  }

  @Override
  public Unwrapped unwrap(String key, int version, Bytes context, Bytes blob) {
    Optional<Version> found = versions(key).stream().filter(v -> v.number() == version).findFirst();
    KeyState state = found.map(Version::state).orElse(KeyState.DESTROYED);
    if (!state.usable()) {
      return new Unwrapped.Refused(state);
    }
    Optional<SecretBytes> secret =
        AesBox.open(load(key, version), context, blob).map(SecretBytes::adopt);
    return secret.isPresent() ? new Unwrapped.Done(secret.get()) : new Unwrapped.Undecryptable();
  }

  @Override
  public void setState(String key, int version, KeyState state) {
    database.<Object>write(
        connection -> {
          String change =
              state == KeyState.DESTROYED
                  ? "UPDATE keys SET state = ?, sealed = NULL WHERE name = ? AND version = ?"
                  : "UPDATE keys SET state = ? WHERE name = ? AND version = ? AND state <> 4";
          if (Sql.update(connection, change, KeyStateCodes.of(state), key, version) != 1) {
            throw new IllegalStateException(
                "no live version %d of %s to become %s".formatted(version, key, state));
          }
          return state;
        });
  }

  private AesKey load(String key, int version) {
    Bytes sealed =
        database
            .read(
                connection ->
                    Sql.first(
                        connection,
                        "SELECT sealed FROM keys WHERE name = ? AND version = ?"
                            + " AND sealed IS NOT NULL",
                        row -> Bytes.adopt(row.getBytes(1)),
                        key,
                        version))
            .orElse(Bytes.EMPTY);
    try (SecretBytes secret = opened(root, key, version, sealed)) {
      return AesKey.of(secret);
    }
  }

  private static SecretBytes opened(AesKey root, String key, int version, Bytes sealed) {
    return AesBox.open(root, label(key, version), sealed)
        .map(SecretBytes::adopt)
        .orElseThrow(
            () ->
                new CorruptException(
                    "version %d of key %s does not open under the root key"
                        .formatted(version, key)));
  }

  private static Bytes label(String key, int version) {
    return new CborWriter(64)
        .array(3)
        .text("telltale/backend-key")
        .text(key)
        .integer(version)
        .toBytes();
  }

  @Override
  public void close() {
    database.close();
    stores.close();
  }
}
