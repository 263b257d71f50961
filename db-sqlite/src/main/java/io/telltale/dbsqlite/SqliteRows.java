package io.telltale.dbsqlite;

import io.telltale.db.CheckPace;
import io.telltale.db.Connections;
import io.telltale.db.RowDriver;
import io.telltale.db.RowKey;
import io.telltale.db.SealedTable;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.sqlite.ProgressHandler;

/** What SQLite tells of its rows; triggers that live in a connection, not in the file, report. */
final class SqliteRows implements RowDriver {
  private final Path file;

  SqliteRows(Path file) {
    this.file = file;
  }

  @Override
  public List<String> tables(Connection connection) throws SQLException {
    return texts(
        connection,
        "SELECT name FROM sqlite_master WHERE type = 'table'"
            + " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            + " AND name NOT LIKE 'seal\\_%' ESCAPE '\\' ORDER BY name");
  }

  @Override
  public boolean hasSeals(Connection connection) throws SQLException {
    return isThere(connection, "seal_head");
  }

  private static boolean isThere(Connection connection, String table) throws SQLException {
    return !texts(connection, "SELECT name FROM sqlite_master WHERE name = '" + table + "'")
        .isEmpty();
  }

  private static List<String> texts(Connection connection, String query) throws SQLException {
    var texts = new ArrayList<String>();
    try (PreparedStatement select = connection.prepareStatement(query);
        ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    }
    return texts;
  }

  @Override
  public SealedTable table(Connection connection, int number, String name) throws SQLException {
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

  @Override
  public String declarations() {
    return "SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY type, name";
  }

  @Override
  public String declarationsVersion() {
    return "PRAGMA main.schema_version";
  }

  @Override
  public String counters(Connection connection) throws SQLException {
    return isThere(connection, "sqlite_sequence")
        ? "SELECT name, seq FROM main.sqlite_sequence ORDER BY name"
        : "SELECT '', 0 WHERE 0";
  }

  @Override
  public String withSeals(SealedTable table) {
    // The plus takes the column's affinity away, with which SQLite would not use the index.
    String key = table.keys().size() == 1 ? "+" + key(table, "t") : key(table, "t");
    return "SELECT %s, s.change, s.tag, %s FROM main.%s AS t NOT INDEXED"
            .formatted(key(table, "t"), columns(table, "t"), quoted(table.name()))
        + " LEFT JOIN seal_row AS s ON s.tab = %d AND s.key = %s".formatted(table.number(), key);
  }

  @Override
  public String removed(SealedTable table) {
    String sealed = "SELECT s.key FROM seal_row AS s WHERE s.tab = " + table.number();
    String name = quoted(table.name());
    // Of several columns no index has the key: SQLite sorts them, outside of our heap.
    return table.keys().size() > 1
        ? sealed + " EXCEPT SELECT %s FROM main.%s AS t".formatted(key(table, "t"), name)
        : sealed
            + " AND NOT EXISTS (SELECT 1 FROM main.%s AS t WHERE %s = s.key)"
                .formatted(name, key(table, "t"));
  }

  @Override
  public RowKey key(SealedTable table, ResultSet row) throws SQLException {
    return RowKey.of(row.getObject(1));
  }

  @Override
  public void prepare(Connection writer, List<String> tables) {
    // The triggers are the connection's own.
  }

  @Override
  public Touches watch(Connection writer, List<SealedTable> tables, Report report)
      throws SQLException {
    Connections.execute(writer, "PRAGMA recursive_triggers=ON");
    TouchFunctions.install(writer, tables, report);
    for (SealedTable table : tables) {
      for (String trigger : triggers(table)) {
        Connections.execute(writer, trigger);
      }
    }
    return () -> {
      // They report as they fire.
    };
  }

  private static List<String> triggers(SealedTable table) {
    return List.of(
        trigger(table, "insert", report(table, "seal_new", "NEW")),
        trigger(
            table, "update", report(table, "seal_old", "OLD") + report(table, "seal_new", "NEW")),
        trigger(table, "delete", report(table, "seal_old", "OLD")));
  }

  private static String trigger(SealedTable table, String act, String body) {
    return "CREATE TEMP TRIGGER %s AFTER %s ON main.%s BEGIN %sEND"
        .formatted(quoted("seal_" + act + "_" + table.name()), act, quoted(table.name()), body);
  }

  private static String report(SealedTable table, String function, String row) {
    return "SELECT %s(%d, %s, %s); "
        .formatted(function, table.number(), key(table, row), columns(table, row));
  }

  private static String key(SealedTable table, String row) {
    List<String> keys = table.keys();
    return switch (keys.size()) {
      case 0 -> row + ".rowid";
      case 1 -> row + "." + quoted(keys.getFirst());
      default -> "seal_key(" + listed(keys, row) + ")";
    };
  }

  private static String columns(SealedTable table, String row) {
    return listed(table.columns(), row);
  }

  private static String listed(List<String> columns, String row) {
    return columns.stream()
        .map(column -> row + "." + quoted(column))
        .collect(Collectors.joining(", "));
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public Breaks breaks(Connection reader, CheckPace pace) throws SQLException {
    var breaks = new CheckBreaks(pace, file);
    ProgressHandler.setHandler(reader, CheckBreaks.OPERATIONS, breaks);
    return breaks;
  }

  @Override
  public List<String> damagedPages(Connection reader) throws SQLException {
    return texts(reader, "PRAGMA integrity_check(5)").stream()
        .filter(line -> !"ok".equals(line))
        .toList();
  }
}
