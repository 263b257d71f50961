package io.telltale.pipeline;

import io.telltale.db.Database;
import io.telltale.kernel.Event;
import io.telltale.kernel.Scope;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.LakeWriter;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.MinuteSpan;
import io.telltale.lake.RawRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.roaringbitmap.RoaringBitmap;

/** A lake that keeps its rows in plain tables of the pipeline's database: not sealed, but exact. */
final class TableLake implements LakeWriter {
  private static final String ROW =
      "partition, record_offset, device, metric, value, unit, suspect, steps, site";
  private static final String MINUTE =
      "metric, minute, revision, final, count, sum, min, max, devices, contributors, offsets";
  static final String TABLES =
      """
      CREATE TABLE test_rows (number INTEGER PRIMARY KEY AUTOINCREMENT,
        partition INTEGER, record_offset INTEGER, device TEXT, metric TEXT,
        value REAL, unit TEXT, suspect INTEGER, steps TEXT, site TEXT);
      CREATE TABLE test_minutes (number INTEGER PRIMARY KEY AUTOINCREMENT,
        metric TEXT, minute INTEGER, revision INTEGER, final INTEGER,
        count INTEGER, sum REAL, min REAL, max REAL, devices INTEGER,
        contributors TEXT, offsets TEXT);
      """;

  private final Database database;
  private final List<MinuteRow> newest = new CopyOnWriteArrayList<>();
  private volatile boolean unavailable;

  TableLake(Database database) {
    this.database = database;
  }

  void unavailable(boolean now) {
    unavailable = now;
  }

  /** A stored row. */
  record Row(
      int partition,
      long offset,
      String device,
      String metric,
      double value,
      String unit,
      boolean suspect,
      String steps,
      String site) {}

  /** A stored revision; of contributors and offsets it has what came since the last. */
  record Minute(
      String metric,
      int revision,
      boolean isFinal,
      long count,
      double sum,
      double min,
      double max,
      int devices,
      String contributors,
      String offsets) {}

  @Override
  public Prepared prepare(List<RawRow> rows, List<MinuteRow> minutes) {
    if (unavailable) {
      throw new UnavailableException("injected: the lake is away");
    }
    // Encoded now: a real writer keeps no reference to what it was given.
    var statements = new ArrayList<Object[]>();
    for (RawRow row : rows) {
      statements.add(
          new Object[] {
            row.partition(),
            row.offset(),
            row.origin().device().name(),
            row.metric(),
            row.value().isPresent() ? row.value().getAsDouble() : null,
            row.unit(),
            row.suspect() ? 1 : 0,
            row.steps(),
            row.asset().site()
          });
    }
    var aggregates = new ArrayList<Object[]>();
    for (MinuteRow row : minutes) {
      aggregates.add(
          new Object[] {
            row.metric(),
            row.minute().getEpochSecond(),
            row.revision(),
            row.isFinal() ? 1 : 0,
            row.count(),
            row.sum(),
            row.min(),
            row.max(),
            row.devices(),
            row.contributors().toString(),
            row.offsets()
          });
    }
    List<MinuteRow> kept =
        minutes.stream().map(row -> copy(row, row.contributors().clone())).toList();
    return new Prepared() {
      @Override
      public List<Event> commit(Connection transaction) throws SQLException {
        insert(transaction, "test_rows", ROW, statements);
        insert(transaction, "test_minutes", MINUTE, aggregates);
        newest.addAll(kept);
        return List.of();
      }

      @Override
      public void abandon() {}
    };
  }

  /** The same lake, which takes rows and fails at every aggregate. */
  LakeWriter withoutMinutes() {
    return (rows, minutes) -> {
      if (!minutes.isEmpty()) {
        throw new IllegalStateException("injected");
      }
      return prepare(rows, minutes);
    };
  }

  /** The same lake, whose housekeeping fails. */
  LakeWriter untidy() {
    return new LakeWriter() {
      @Override
      public Prepared prepare(List<RawRow> rows, List<MinuteRow> minutes) {
        return TableLake.this.prepare(rows, minutes);
      }

      @Override
      public Optional<Prepared> maintain() {
        throw new UnavailableException("deleting an object");
      }
    };
  }

  // An aggregate goes on with the bitmap that it gave.
  private static MinuteRow copy(MinuteRow row, RoaringBitmap contributors) {
    return new MinuteRow(
        row.scope(),
        row.site(),
        row.deviceType(),
        row.metric(),
        row.unit(),
        row.minute(),
        row.revision(),
        row.isFinal(),
        row.count(),
        row.sum(),
        row.min(),
        row.max(),
        row.devices(),
        row.since(),
        contributors,
        row.offsets());
  }

  @Override
  public MinuteSpan minutes(Scope scope, Instant minute) {
    Instant hour = minute.truncatedTo(ChronoUnit.HOURS);
    Instant next = hour.plus(1, ChronoUnit.HOURS);
    var rows = new LinkedHashMap<List<Object>, MinuteRow>();
    for (MinuteRow row : newest) {
      if (row.scope().equals(scope)
          && !row.minute().isBefore(hour)
          && row.minute().isBefore(next)) {
        rows.merge(
            List.of(row.metric(), row.site(), row.deviceType(), row.minute()),
            row,
            (old, later) ->
                copy(later, RoaringBitmap.or(old.contributors(), later.contributors())));
      }
    }
    return new MinuteSpan(hour, next, List.copyOf(rows.values()));
  }

  private static void insert(
      Connection transaction, String table, String columns, List<Object[]> rows)
      throws SQLException {
    String values = columns.replaceAll("\\w+", "?");
    String sql = "INSERT INTO %s (%s) VALUES (%s)".formatted(table, columns, values);
    try (PreparedStatement insert = transaction.prepareStatement(sql)) {
      for (Object[] row : rows) {
        for (int i = 0; i < row.length; i++) {
          insert.setObject(i + 1, row[i]);
        }
        insert.executeUpdate();
      }
    }
  }

  List<Row> rows() {
    return database.read(
        connection -> {
          var all = new ArrayList<Row>();
          try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT "
                          + ROW
                          + " FROM test_rows ORDER BY partition, record_offset, metric");
              ResultSet row = select.executeQuery()) {
            while (row.next()) {
              all.add(
                  new Row(
                      row.getInt(1),
                      row.getLong(2),
                      row.getString(3),
                      row.getString(4),
                      row.getDouble(5),
                      row.getString(6),
                      row.getInt(7) == 1,
                      row.getString(8),
                      row.getString(9)));
            }
          }
          return all;
        });
  }

  List<Minute> minutes(String metric) {
    return database.read(
        connection -> {
          var all = new ArrayList<Minute>();
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT metric, revision, final, count, sum, min, max, devices,"
                      + " contributors, offsets"
                      + " FROM test_minutes WHERE metric = ? ORDER BY minute, revision")) {
            select.setString(1, metric);
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                all.add(
                    new Minute(
                        row.getString(1),
                        row.getInt(2),
                        row.getInt(3) == 1,
                        row.getLong(4),
                        row.getDouble(5),
                        row.getDouble(6),
                        row.getDouble(7),
                        row.getInt(8),
                        row.getString(9),
                        row.getString(10)));
              }
            }
          }
          return all;
        });
  }
}
