package io.telltale.lake.write;

import io.telltale.engine.DuckSession;
import io.telltale.kernel.Scope;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.table.ReadingColumn;
import io.telltale.lake.table.Tables;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.duckdb.DuckDBAppender;

/** Minute aggregates on their way into files. */
public final class MinuteStage {
  // Made anew each time: a database in memory never gives back what a DELETE takes out of a table.
  private static final String EMPTY =
      """
      CREATE OR REPLACE TABLE minute_rows (grp INTEGER, tenant VARCHAR, scope VARCHAR,
        environment VARCHAR, region VARCHAR, product_line VARCHAR, sensitivity VARCHAR,
        site VARCHAR, device_type VARCHAR, metric VARCHAR, unit VARCHAR,
        "minute" BIGINT, revision INTEGER,
        "final" BOOLEAN, "count" BIGINT, "sum" DOUBLE, "min" DOUBLE, "max" DOUBLE,
        devices INTEGER, contributors BLOB, offsets VARCHAR)\
      """;

  private final DuckSession session;

  MinuteStage(DuckSession session) {
    this.session = session;
    clear();
  }

  /** Takes rows in, in place of those before, and tells the files that they go to. */
  public List<FileGroup> add(List<MinuteRow> rows) {
    clear();
    var groups = new HashMap<FileGroup.Key, FileGroup>();
    try (DuckDBAppender out = session.connection().createAppender("minute_rows")) {
      for (MinuteRow row : rows) {
        long day = Math.floorDiv(row.minute().getEpochSecond(), TimeUnit.DAYS.toSeconds(1));
        var key = new FileGroup.Key(row.scope(), day, 0);
        FileGroup group = groups.computeIfAbsent(key, k -> new FileGroup(k, groups.size()));
        group.addRows(1).see("minute", ReadingColumn.micros(row.minute()));
        append(out.beginRow().append(group.number()), row);
      }
    } catch (SQLException e) {
      throw DuckSession.failure("staging minutes", e);
    }
    return List.copyOf(groups.values());
  }

  /**
   * Takes the rows of {@code files} in, in place of those before: files of one group, as a list of
   * quoted paths. Throws {@link io.telltale.kernel.CorruptException} when one holds what it cannot.
   */
  public void fold(FileGroup group, String files) {
    clear();
    try (DuckDBAppender out = session.connection().createAppender("minute_rows")) {
      var fold = new MinuteFold(row -> append(out, group, row));
      StoredMinutes.each(session, group.key().scope(), files, "", true, fold::take);
      fold.end();
    } catch (SQLException e) {
      throw DuckSession.failure("staging minutes", e);
    }
  }

  private static void append(DuckDBAppender out, FileGroup group, MinuteRow row) {
    try {
      append(out.beginRow().append(group.number()), row);
    } catch (SQLException e) {
      throw DuckSession.failure("staging minutes", e);
    }
  }

  void clear() {
    session.run(EMPTY);
  }

  public String select(FileGroup group) {
    var list = new StringJoiner(", ", "SELECT ", "");
    Tables.MINUTES_SCHEMA
        .columns()
        .forEach(
            field ->
                list.add(
                    field.name().equals("minute")
                        ? "make_timestamptz(\"minute\") AS \"minute\""
                        : "\"" + field.name() + "\""));
    return list + " FROM minute_rows WHERE grp = " + group.number();
  }

  private static void append(DuckDBAppender out, MinuteRow row) throws SQLException {
    Scope scope = row.scope();
    out.append(scope.tenant().name())
        .append(scope.path())
        .append(scope.environment())
        .append(scope.region())
        .append(scope.productLine())
        .append(scope.sensitivity().name().toLowerCase(Locale.ROOT))
        .append(row.site())
        .append(row.deviceType())
        .append(row.metric())
        .append(row.unit())
        .append(ReadingColumn.micros(row.minute()))
        .append(row.revision())
        .append(row.isFinal())
        .append(row.count())
        .append(row.sum())
        .append(row.min())
        .append(row.max())
        .append(row.devices())
        .append(Lineage.stored(row.contributors()))
        .append(new Lineage.Offsets(row.since(), row.offsets()).stored())
        .endRow();
  }
}
