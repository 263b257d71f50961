package io.telltale.pipeline.letters;

import io.telltale.db.Database;
import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Scope;
import io.telltale.kernel.TenantId;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.WaitingRecord;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The records of closed scopes, sealed as they came, until their scope opens or its key is
 * destroyed. Counts what a worker has set aside and resumed, committed or not; the records lie in
 * the pipeline's database. Not thread-safe.
 */
public final class SetAside {
  public static final String TABLE =
      """
      CREATE TABLE pipeline_set_aside (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        scope TEXT NOT NULL,
        partition INTEGER NOT NULL,
        record_offset INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        time INTEGER NOT NULL,
        entry BLOB NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX pipeline_set_aside_places
        ON pipeline_set_aside (scope, partition, record_offset, bytes, time);
      """;

  private static final int PAGE_ENTRIES = 4_096;

  private final Database database;
  private final long bytesMax;
  private final Map<String, Map<Integer, Count>> waiting = new TreeMap<>();
  private long bytes;
  private long oldestMillis = Long.MAX_VALUE;

  /** Entries of one scope in one partition. */
  private record Count(long records, long bytes) {
    private static final Count NONE = new Count(0, 0);
  }

  private record Group(String scope, int partition, Count of, long oldestMillis) {}

  /** An entry to be stored. */
  public record Entry(int partition, long offset, Scope scope, long millis, Bytes body) {}

  /** An entry that waits no more. */
  public record Resumed(int partition, long offset, Scope scope) {}

  private SetAside(Database database, long bytesMax) {
    this.database = database;
    this.bytesMax = bytesMax;
  }

  /**
   * @param bytesMax of entries; where they are more, their partitions wait
   */
  public static SetAside load(Database database, long bytesMax) {
    var loaded = new SetAside(database, bytesMax);
    List<Group> groups =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    "SELECT scope, partition, count(*), sum(bytes), min(time)"
                        + " FROM pipeline_set_aside GROUP BY scope, partition",
                    row ->
                        new Group(
                            row.getString(1),
                            row.getInt(2),
                            new Count(row.getLong(3), row.getLong(4)),
                            row.getLong(5))));
    for (Group group : groups) {
      loaded.add(group.scope(), group.partition(), group.of());
      loaded.oldestMillis = Math.min(loaded.oldestMillis, group.oldestMillis());
    }
    return loaded;
  }

  private void add(String scope, int partition, Count more) {
    waiting
        .computeIfAbsent(scope, _ -> new TreeMap<>())
        .merge(
            partition, more, (a, b) -> new Count(a.records() + b.records(), a.bytes() + b.bytes()));
    bytes += more.bytes();
  }

  public boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Whether entries of the scope wait in the partition: later ones must wait behind them. */
  public boolean holds(int partition, Scope scope) {
    return waiting.getOrDefault(scope.path(), Map.of()).containsKey(partition);
  }

  public List<Scope> scopes() {
    return waiting.keySet().stream().map(SetAside::scope).toList();
  }

  /** Those of which entries wait in the partition. */
  public Set<Scope> scopes(int partition) {
    var all = new HashSet<Scope>();
    waiting.forEach(
        (scope, partitions) -> {
          if (partitions.containsKey(partition)) {
            all.add(scope(scope));
          }
        });
    return all;
  }

  private static Scope scope(String path) {
    return Scope.parse(path)
        .orElseThrow(() -> new CorruptException("a set-aside record of no scope"));
  }

  /** False when there is no room for it. */
  public boolean add(Entry entry) {
    int size = entry.body().size();
    if (bytes + size > bytesMax) {
      return false;
    }
    add(entry.scope().path(), entry.partition(), new Count(1, size));
    oldestMillis = Math.min(oldestMillis, entry.millis());
    return true;
  }

  public void resumed(Resumed entry, int size) {
    String scope = entry.scope().path();
    Map<Integer, Count> partitions = waiting.getOrDefault(scope, Map.of());
    Count before = partitions.getOrDefault(entry.partition(), Count.NONE);
    bytes -= size;
    if (before.records() > 1) {
      partitions.put(entry.partition(), new Count(before.records() - 1, before.bytes() - size));
      return;
    }
    partitions.remove(entry.partition());
    if (partitions.isEmpty()) {
      waiting.remove(scope);
    }
    if (waiting.isEmpty()) {
      oldestMillis = Long.MAX_VALUE;
    }
  }

  /** Since when the oldest waits, at most; later than any time when none does. */
  public long oldestMillis() {
    return oldestMillis;
  }

  public long records(Scope scope) {
    return waiting.getOrDefault(scope.path(), Map.of()).values().stream()
        .mapToLong(Count::records)
        .sum();
  }

  /** Entries by scope. */
  public Map<String, Long> counts() {
    var counts = new TreeMap<String, Long>();
    waiting.forEach(
        (scope, partitions) ->
            counts.put(scope, partitions.values().stream().mapToLong(Count::records).sum()));
    return counts;
  }

  public long bytes() {
    return bytes;
  }

  /** The next ones behind {@code after}, in order; at least one, unless there is none. */
  public List<RecordLog.Stored> page(int partition, Scope scope, long after, long pageBytesMax) {
    return page(database, new Resumed(partition, after, scope), pageBytesMax);
  }

  private static List<RecordLog.Stored> page(Database database, Resumed after, long bytesMax) {
    return database.read(
        connection ->
            Sql.read(
                connection,
                "SELECT record_offset, entry FROM pipeline_set_aside WHERE scope = ? AND"
                    + " partition = ? AND record_offset > ? ORDER BY record_offset LIMIT ?",
                rows -> page(rows, after.partition(), bytesMax),
                after.scope().path(),
                after.partition(),
                after.offset(),
                PAGE_ENTRIES));
  }

  private static List<RecordLog.Stored> page(ResultSet rows, int partition, long bytesMax)
      throws SQLException {
    var entries = new ArrayList<RecordLog.Stored>();
    long left = bytesMax;
    boolean more = true;
    while (more && rows.next()) {
      Bytes body = Bytes.adopt(rows.getBytes(2));
      entries.add(new RecordLog.Stored(partition, rows.getLong(1), body));
      left -= body.size();
      more = left > 0;
    }
    return entries;
  }

  // The index begins with the scope: from one to the next, of which there are few.
  public static Optional<WaitingRecord> find(
      Connection connection, TenantId tenant, int partition, long offset) throws SQLException {
    String ours = tenant.name() + "/";
    Optional<String> path = scopeAfter(connection, ours);
    while (path.isPresent() && path.get().startsWith(ours)) {
      Scope scope = scope(path.get());
      Optional<WaitingRecord> found =
          Sql.first(
              connection,
              "SELECT time FROM pipeline_set_aside"
                  + " WHERE scope = ? AND partition = ? AND record_offset = ?",
              row -> new WaitingRecord(scope, Instant.ofEpochMilli(row.getLong(1))),
              path.get(),
              partition,
              offset);
      if (found.isPresent()) {
        return found;
      }
      path = scopeAfter(connection, path.get());
    }
    return Optional.empty();
  }

  private static Optional<String> scopeAfter(Connection connection, String path)
      throws SQLException {
    return Sql.first(
        connection,
        "SELECT scope FROM pipeline_set_aside WHERE scope > ? ORDER BY scope LIMIT 1",
        row -> row.getString(1),
        path);
  }

  public static void store(Connection transaction, List<Entry> entries) throws SQLException {
    Sql.updateEach(
        transaction,
        "INSERT INTO pipeline_set_aside"
            + " (scope, partition, record_offset, bytes, time, entry)"
            + " VALUES (?, ?, ?, ?, ?, ?)",
        entries,
        entry ->
            List.of(
                entry.scope().path(),
                entry.partition(),
                entry.offset(),
                entry.body().size(),
                entry.millis(),
                entry.body()));
  }

  public static void remove(Connection transaction, List<Resumed> entries) throws SQLException {
    Sql.updateEach(
        transaction,
        "DELETE FROM pipeline_set_aside"
            + " WHERE scope = ? AND partition = ? AND record_offset = ?",
        entries,
        entry -> List.of(entry.scope().path(), entry.partition(), entry.offset()));
  }
}
