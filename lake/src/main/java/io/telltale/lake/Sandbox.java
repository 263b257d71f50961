package io.telltale.lake;

import io.telltale.kernel.SpiffeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/**
 * A fresh DuckDB that can read exactly the files handed to it and nothing else of this machine, and
 * whose settings nobody can change any more.
 */
final class Sandbox implements AutoCloseable {
  private static final int THREADS = 2;

  private final OpenFiles open;
  private final DuckSession session;
  private final List<SealedFile> leased = new ArrayList<>();
  private final Map<String, String> objects = new HashMap<>();
  private final Map<String, List<MemoryFile>> files = new HashMap<>();

  private Sandbox(OpenFiles open, DuckSession session) {
    this.open = open;
    this.session = session;
  }

  static Sandbox open(OpenFiles open, int memoryMegabytes) {
    return new Sandbox(open, DuckSession.open(memoryMegabytes, THREADS));
  }

  /** False when {@code caller} may not read one of them now: then none is to be read. */
  boolean add(String table, List<SealedFile> sealed, FileVault vault, SpiffeId caller) {
    List<MemoryFile> opened = files.computeIfAbsent(table, _ -> new ArrayList<>());
    for (SealedFile file : sealed) {
      Optional<SecretKey> key = vault.key(file, caller);
      if (key.isEmpty()) {
        open.forgetIdle();
        return false;
      }
      MemoryFile memory = open.lease(file, key.get());
      opened.add(memory);
      objects.put(memory.path().toString(), file.object());
      leased.add(file);
    }
    return true;
  }

  /** For tables of our own that are to be joined; before {@link #lock}. */
  DuckSession session() {
    return session;
  }

  /** The object behind a path that this sandbox reads. */
  String objectOf(@Nullable String path) {
    return objects.getOrDefault(java.util.Objects.requireNonNullElse(path, ""), "unknown: moved");
  }

  int fileCount() {
    return leased.size();
  }

  /** Makes the views and shuts the door; only then may somebody else's SQL run. */
  DuckSession lock() {
    return lock(false);
  }

  /** As {@link #lock}; {@code readings} has a column {@code filename}, for our own SQL only. */
  DuckSession lock(boolean naming) {
    if (files.containsKey(Tables.READINGS)) {
      String options = naming ? ", filename = true" : "";
      session.run(view(Tables.READINGS, Tables.READINGS, options));
    }
    if (files.containsKey(Tables.MINUTES)) {
      session.run(view(Tables.MINUTE_REVISIONS, Tables.MINUTES, ""));
      session.run(
          """
          CREATE VIEW minutes AS SELECT * FROM minute_revisions
          QUALIFY row_number() OVER (
            PARTITION BY scope, site, device_type, metric, unit, "minute"
            ORDER BY revision DESC) = 1\
          """);
    }
    if (files.containsKey(Tables.RESTRICTED)) {
      session.run(view(Tables.RESTRICTED, Tables.RESTRICTED, ""));
    }
    String paths =
        files.values().stream()
            .flatMap(List::stream)
            .map(Sandbox::quoted)
            .collect(Collectors.joining(", ", "[", "]"));
    session.run("SET allowed_paths = " + paths);
    session.run("SET enable_external_access = false");
    session.run("SET lock_configuration = true");
    return session;
  }

  private String view(String name, String table, String options) {
    List<MemoryFile> opened = files.getOrDefault(table, List.of());
    if (opened.isEmpty()) {
      return "CREATE VIEW %s AS %s".formatted(name, noRows(TableStore.schema(table), options));
    }
    String paths = opened.stream().map(Sandbox::quoted).collect(Collectors.joining(", "));
    return "CREATE VIEW %s AS SELECT * FROM read_parquet([%s], hive_partitioning = false%s)"
        .formatted(name, paths, options);
  }

  private static String quoted(MemoryFile file) {
    return "'" + file.path().toString().replace("'", "''") + "'";
  }

  private static String noRows(Schema schema, String options) {
    var list = new StringJoiner(", ", "SELECT ", " WHERE false");
    if (!options.isEmpty()) {
      list.add("NULL::VARCHAR AS filename");
    }
    schema
        .columns()
        .forEach(
            field ->
                list.add("NULL::%s AS \"%s\"".formatted(duckType(field.type()), field.name())));
    return list.toString();
  }

  private static String duckType(Type type) {
    return switch (type.typeId()) {
      case STRING -> "VARCHAR";
      case INTEGER -> "INTEGER";
      case LONG -> "BIGINT";
      case DOUBLE -> "DOUBLE";
      case BOOLEAN -> "BOOLEAN";
      case TIMESTAMP -> "TIMESTAMPTZ";
      case BINARY -> "BLOB";
      default -> throw new IllegalStateException("no table of ours has a column of " + type);
    };
  }

  @Override
  public void close() {
    session.close();
    leased.forEach(open::release);
  }
}
