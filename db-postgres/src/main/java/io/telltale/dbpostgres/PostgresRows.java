package io.telltale.dbpostgres;

import static java.util.Objects.requireNonNull;

import io.telltale.db.CheckPace;
import io.telltale.db.Connections;
import io.telltale.db.RowDriver;
import io.telltale.db.RowKey;
import io.telltale.db.SealedTable;
import io.telltale.db.SealedValues;
import io.telltale.kernel.Resources;
import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL tells of its rows; triggers of the schema report to the connection's own table.
 * Whoever has no such table fails at them; who makes one, or turns them off, is found by the tags.
 */
final class PostgresRows implements RowDriver {
  private static final String OURS = " relnamespace = to_regnamespace(current_schema())";
  private static final String TABLES =
      "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND" + OURS;
  private static final String DECLARATIONS =
      Resources.bytes(PostgresRows.class, "declarations.sql").asUtf8();
  private static final String DECLARATIONS_VERSION =
      Resources.bytes(PostgresRows.class, "declarations-version.sql").asUtf8();
  private static final int ROWS_A_BREAK = 64;

  @Override
  public List<String> tables(Connection connection) throws SQLException {
    return PostgresStore.texts(
        connection,
        TABLES
            + " AND relname NOT LIKE 'seal\\_%'"
            + " AND relname NOT IN ('schema_version', 'row_counter')"
            + " ORDER BY relname::text COLLATE \"C\"");
  }

  @Override
  public boolean hasSeals(Connection connection) throws SQLException {
    return !PostgresStore.text(connection, TABLES + " AND relname = 'seal_head'").isEmpty();
  }

  @Override
  public SealedTable table(Connection connection, int number, String name) throws SQLException {
    List<String> columns =
        names(
            connection,
            "SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                + " WHERE c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped AND c."
                + OURS.strip()
                + " ORDER BY a.attnum",
            name);
    List<String> keys =
        names(
            connection,
            "SELECT a.attname::text FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid"
                + " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)"
                + " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum"
                + " WHERE c.relname = ? AND i.indisprimary AND c."
                + OURS.strip()
                + " ORDER BY k.place",
            name);
    if (keys.isEmpty()) {
      throw new IllegalStateException("the table " + name + " has no primary key");
    }
    return new SealedTable(number, name, columns, keys);
  }

  private static List<String> names(Connection connection, String query, String table)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(query)) {
      select.setString(1, table);
      var names = new ArrayList<String>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
      return names;
    }
  }

  @Override
  public String declarations() {
    return DECLARATIONS;
  }

  @Override
  public String declarationsVersion() {
    return DECLARATIONS_VERSION;
  }

  @Override
  public String counters(Connection connection) {
    return "SELECT name, seq FROM row_counter ORDER BY name";
  }

  @Override
  public String withSeals(SealedTable table) {
    return "SELECT %s, s.change, s.tag, %s FROM %s AS t"
            .formatted(stored(table), listed(table.columns()), quoted(table.name()))
        + " LEFT JOIN seal_row AS s ON s.tab = %d AND s.key = %s"
            .formatted(table.number(), stored(table));
  }

  @Override
  public String removed(SealedTable table) {
    return "SELECT s.key FROM seal_row AS s WHERE s.tab = %d AND NOT EXISTS"
            .formatted(table.number())
        + " (SELECT 1 FROM %s AS t WHERE %s = s.key)"
            .formatted(quoted(table.name()), stored(table));
  }

  private static String stored(SealedTable table) {
    return "record_send(ROW(" + listed(table.keys()) + "))";
  }

  private static String listed(List<String> columns) {
    return columns.stream().map(column -> "t." + quoted(column)).collect(Collectors.joining(", "));
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public RowKey key(SealedTable table, ResultSet row) throws SQLException {
    return key(RecordBytes.values(row.getBytes(1)));
  }

  /** The key of a row of which these are all columns. */
  static RowKey keyOf(SealedTable table, List<@Nullable Object> columns) {
    var values = new ArrayList<@Nullable Object>();
    table.keys().forEach(key -> values.add(columns.get(table.columns().indexOf(key))));
    return key(values);
  }

  private static RowKey key(List<@Nullable Object> values) {
    Object one =
        values.size() == 1
            ? requireNonNull(values.getFirst())
            : SealedValues.array(values).toArray();
    return RowKey.of(one, RecordBytes.of(values));
  }

  @Override
  public void prepare(Connection writer, List<String> tables) throws SQLException {
    Connections.execute(writer, PostgresDdl.TOUCH);
    for (String table : tables(writer)) {
      Connections.execute(
          writer,
          tables.contains(table)
              ? "CREATE OR REPLACE TRIGGER seal_touch AFTER INSERT OR UPDATE OR DELETE ON %s"
                      .formatted(quoted(table))
                  + " FOR EACH ROW EXECUTE FUNCTION seal_touch()"
              : "DROP TRIGGER IF EXISTS seal_touch ON " + quoted(table));
    }
  }

  @Override
  public Touches watch(Connection writer, List<SealedTable> tables, Report report)
      throws SQLException {
    return new PostgresTouches(writer, tables, report);
  }

  @Override
  public Breaks breaks(Connection reader, CheckPace pace) throws SQLException {
    PostgresDatabase.unlimited(reader);
    Connections.execute(reader, "SET statement_timeout = 0");
    reader.commit();
    return new Rests(pace);
  }

  @Override
  public List<String> damagedPages(Connection reader) {
    // The server checks its pages as it reads them.
    return List.of();
  }

  /** Between rows, since nothing of ours runs in the middle of a statement. */
  private static final class Rests implements Breaks {
    private final CheckPace pace;
    private int rows;

    Rests(CheckPace pace) {
      this.pace = pace;
    }

    @Override
    public void afterRow() {
      rows++;
      if (rows % ROWS_A_BREAK == 0 && !pace.goesOn()) {
        throw new UnavailableException("the check was ended");
      }
    }

    @Override
    public String why() {
      return "";
    }
  }
}
