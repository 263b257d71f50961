package io.telltale.server.data;

import io.telltale.db.StoreDriver;
import io.telltale.dbpostgres.PostgresDatabase;
import io.telltale.dbpostgres.PostgresStore;
import io.telltale.dbsqlite.SqliteFile;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where each store of a server lives: in a file of the data folder, or in a schema of a database.
 */
public final class Stores {
  /** In the order in which a first start makes them. */
  private static final List<Home> HOMES =
      List.of(
          new Home("backend", "keys/backend.db"),
          new Home("keys", "shred/shred.db"),
          new Home("registry", "registry/control.db"),
          new Home("ledger", "ledger/index.db"),
          new Home("pipeline", "lake/pipeline.db"));

  private static final List<String> FILES = HOMES.stream().map(Home::file).toList();

  /** The last when a first start has made all. */
  private static final List<String> MADE =
      Stream.concat(FILES.stream(), Stream.of(TrustBundleFile.NAME)).toList();

  /** In a folder whose stores are in a database: which one it was at the first start. */
  private static final String MARK = "registry/database";

  private final DataFolder folder;
  private final Optional<PostgresDatabase> database;

  /** A store, and its file where it lives in one. */
  private record Home(String store, String file) {}

  private Stores(DataFolder folder, Optional<PostgresDatabase> database) {
    this.folder = folder;
    this.database = database;
  }

  /**
   * Throws {@link UnavailableException} where the folder's stores are in the other kind of place:
   * empty ones would be made, and what is there would not be found. The same where the database has
   * stores and the folder was never used with it: most often a mistyped folder.
   */
  public static Stores of(Optional<PostgresDatabase> database, DataFolder folder) {
    var stores = new Stores(folder, database);
    if (database.isPresent()) {
      stores.requireNoFile();
      stores.requireSame(database.get());
      stores.requireNotAnothers(database.get());
    } else if (Files.exists(stores.path(MARK))) {
      throw new UnavailableException(
          ("the stores of %s are in a database (%s says in which): set database.url in the file"
                  + " that --config names")
              .formatted(folder.root(), stores.path(MARK)));
    }
    return stores;
  }

  /**
   * Throws {@link CorruptException} where a store is gone that was there: a new one in its place
   * would be refused, and hide what happened.
   */
  public void requireNoneLost() {
    lost().stream()
        .findFirst()
        .ifPresent(
            lost -> {
              throw new CorruptException(
                  "%s %s. Nothing was made. %s"
                      .formatted(lost.where(), lost.kind(), lost.remedy()));
            });
  }

  /** Stores that were there, and are not; makes none. */
  public List<Finding> lost() {
    return database.map(this::lostSchemas).orElseGet(this::lostFiles);
  }

  private List<Finding> lostSchemas(PostgresDatabase database) {
    Path last = path(MADE.getLast());
    if (Files.notExists(last)) {
      return List.of();
    }
    return HOMES.stream()
        .map(home -> new PostgresStore(database, schema(home)))
        .filter(store -> !store.exists())
        .map(store -> lost(store.place(), last))
        .toList();
  }

  private List<Finding> lostFiles() {
    var lost = new ArrayList<Finding>();
    for (int i = 0; i < MADE.size(); i++) {
      Path file = path(MADE.get(i));
      Optional<Path> later =
          MADE.subList(i + 1, MADE.size()).stream().map(this::path).filter(Files::exists).findAny();
      if (Files.notExists(file) && later.isPresent()) {
        lost.add(lost(file.toString(), later.get()));
      }
    }
    return lost;
  }

  private static Finding lost(String what, Path later) {
    return Finding.lost(
        what, "is missing, and %s, which was made after it, is there".formatted(later));
  }

  // The folder is marked before the first store is made.
  private void requireNotAnothers(PostgresDatabase database) {
    Path mark = path(MARK);
    if (Files.notExists(mark) && new PostgresStore(database, schema(HOMES.getFirst())).exists()) {
      throw new UnavailableException(
          ("the stores in %s are another data folder's: %s was never used with that database."
                  + " Correct the folder, or set database.url to a database of its own (a folder"
                  + " that was put back without %s needs it back as well)")
              .formatted(database.url().text(), folder.root(), mark));
    }
  }

  private void requireNoFile() {
    for (String file : FILES) {
      if (Files.exists(path(file))) {
        throw new UnavailableException(
            ("the stores of %s are files, %s for instance, and stay there: leave database.url away,"
                    + " or begin with a new data folder")
                .formatted(folder.root(), file));
      }
    }
  }

  // In another database new and empty stores would be made.
  private void requireSame(PostgresDatabase database) {
    Path mark = path(MARK);
    if (Files.notExists(mark)) {
      return;
    }
    String first = read(mark).strip();
    if (!first.equals(database.url().text())) {
      throw new UnavailableException(
          ("the stores of %s are in %s, and database.url says %s: where they were moved, write the"
                  + " new one into %s")
              .formatted(folder.root(), first, database.url().text(), mark));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    }
  }

  /** Whoever begins to use the folder notes in which database its stores are. */
  public void mark() {
    if (database.isPresent() && Files.notExists(path(MARK))) {
      String url = database.get().url().text();
      // Where none may be made, the folder belongs to no database yet.
      new PostgresStore(database.get(), schema(HOMES.getFirst())).make();
      folder.write(path(MARK), (url + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private Path path(String file) {
    return folder.root().resolve(file);
  }

  /** The files that a folder in use has of them. */
  public Collection<String> files() {
    return database.isPresent() ? List.of(MARK) : FILES;
  }

  /** The store that the ledger knows by that name. */
  public StoreDriver of(String store) {
    Home home =
        HOMES.stream()
            .filter(one -> one.store().equals(store))
            .findAny()
            .orElseThrow(() -> new IllegalStateException("there is no store " + store));
    return database.isPresent()
        ? new PostgresStore(database.get(), schema(home))
        : SqliteFile.at(path(home.file()));
  }

  private static String schema(Home home) {
    return "telltale_" + home.store();
  }
}
