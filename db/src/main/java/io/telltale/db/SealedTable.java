package io.telltale.db;

import io.telltale.kernel.Bytes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A covered table and the SQL that follows from its columns.
 *
 * @param number stands for its name in the rows of the seals
 * @param keys the columns of its primary key; none when rows go by their rowid
 */
record SealedTable(int number, String name, List<String> columns, List<String> keys) {
  static final int BUCKETS = 256;
  private static final int FNV_START = 0x811c9dc5;
  private static final int FNV_PRIME = 0x01000193;

  /** The bucket in which a row's element is counted: 32-bit FNV-1a of its key. */
  static int bucket(Bytes key) {
    int hash = FNV_START;
    for (byte each : key.borrow()) {
      hash = (hash ^ (each & 0xff)) * FNV_PRIME;
    }
    return Math.floorMod(hash, BUCKETS);
  }

  /** The tables of the database but the seals' own and SQLite's. */
  static List<String> names(Connection connection) throws SQLException {
    var names = new ArrayList<String>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                    + " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                    + " AND name NOT LIKE 'seal\\_%' ESCAPE '\\' ORDER BY name");
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  static SealedTable read(Connection connection, int number, String name) throws SQLException {
    var columns = new ArrayList<String>();
    Map<Integer, String> keys = new TreeMap<>();
    try (PreparedStatement info =
        connection.prepareStatement("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid")) {
      info.setString(1, name);
      try (ResultSet rows = info.executeQuery()) {
        while (rows.next()) {
          columns.add(rows.getString(1));
          if (rows.getInt(2) > 0) {
            keys.put(rows.getInt(2), rows.getString(1));
          }
        }
      }
    }
    return new SealedTable(number, name, List.copyOf(columns), List.copyOf(keys.values()));
  }

  /** The triggers that report each change; they live in the connection, not in the file. */
  List<String> triggers() {
    return List.of(
        trigger("insert", report("seal_new", "NEW")),
        trigger("update", report("seal_old", "OLD") + report("seal_new", "NEW")),
        trigger("delete", report("seal_old", "OLD")));
  }

  private String trigger(String act, String body) {
    return "CREATE TEMP TRIGGER %s AFTER %s ON main.%s BEGIN %sEND"
        .formatted(quoted("seal_" + act + "_" + name), act, quoted(name), body);
  }

  private String report(String function, String row) {
    return "SELECT %s(%d, %s, %s); ".formatted(function, number, key(row), columnsOf(row));
  }

  /** Each row with its seal, if it has one: key, change, tag, columns. */
  String withSeals() {
    // The plus takes the column's affinity away, with which SQLite would not use the index.
    String key = keys.size() == 1 ? "+" + key("t") : key("t");
    return "SELECT %s, s.change, s.tag, %s FROM main.%s AS t NOT INDEXED"
            .formatted(key("t"), columnsOf("t"), quoted(name))
        + " LEFT JOIN seal_row AS s ON s.tab = %d AND s.key = %s".formatted(number, key);
  }

  /** The keys of seals that have no row. */
  String removed() {
    String sealed = "SELECT s.key FROM seal_row AS s WHERE s.tab = " + number;
    // Of several columns no index has the key: SQLite sorts them, outside of our heap.
    return keys.size() > 1
        ? sealed + " EXCEPT SELECT %s FROM main.%s AS t".formatted(key("t"), quoted(name))
        : sealed
            + " AND NOT EXISTS (SELECT 1 FROM main.%s AS t WHERE %s = s.key)"
                .formatted(quoted(name), key("t"));
  }

  private String key(String row) {
    return switch (keys.size()) {
      case 0 -> row + ".rowid";
      case 1 -> row + "." + quoted(keys.getFirst());
      default ->
          "seal_key("
              + keys.stream().map(key -> row + "." + quoted(key)).collect(Collectors.joining(", "))
              + ")";
    };
  }

  private String columnsOf(String row) {
    return columns.stream()
        .map(column -> row + "." + quoted(column))
        .collect(Collectors.joining(", "));
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
