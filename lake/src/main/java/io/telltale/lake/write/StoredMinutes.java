package io.telltale.lake.write;

import io.telltale.engine.DuckSession;
import io.telltale.kernel.Scope;
import io.telltale.lake.MinuteRow;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;

/** Rows of the minutes' files, as they were given to be stored. */
public final class StoredMinutes {
  private StoredMinutes() {}

  /** What the lineage of all rows of {@code files} takes, in bytes: the driver has it at once. */
  public static long lineageBytes(DuckSession session, String files) {
    return Long.parseLong(
        session.text(
            "SELECT CAST(coalesce(sum(octet_length(contributors) + strlen(offsets)), 0) AS VARCHAR)"
                + " FROM "
                + in(files, "")));
  }

  /**
   * Hands over all rows of {@code files}, a list of quoted paths, that {@code where} lets through:
   * those of one aggregate together, its revisions in order.
   *
   * @param offsets whether with the offsets, which may be long; without them they are empty
   */
  static void each(
      DuckSession session,
      Scope scope,
      String files,
      String where,
      boolean offsets,
      Consumer<MinuteRow> taker) {
    // The files of one scope hold no other, so that its name need not be told.
    String sql =
        """
        SELECT site, device_type, metric, unit, epoch_us("minute"), revision, "final", "count",
          "sum", "min", "max", devices, contributors, %s
        FROM %s
        ORDER BY site, device_type, metric, unit, "minute", revision\
        """
            .formatted(offsets ? "offsets" : "''", in(files, where));
    session.each(
        sql, "reading aggregates back", row -> taker.accept(row(scope, new RowSource.Row(row))));
  }

  static String in(String files, String where) {
    return "read_parquet(%s, hive_partitioning = false)%s".formatted(files, where);
  }

  private static MinuteRow row(Scope scope, RowSource.Row row) {
    Lineage.Offsets offsets = Lineage.Offsets.of(row.text(13));
    return new MinuteRow(
        scope,
        row.text(0),
        row.text(1),
        row.text(2),
        row.text(3),
        Instant.EPOCH.plus(row.whole(4), ChronoUnit.MICROS),
        row.small(5),
        row.flag(6),
        row.whole(7),
        row.real(8),
        row.real(9),
        row.real(10),
        row.small(11),
        offsets.since(),
        Lineage.contributors(row.bytes(12)),
        offsets.ranges());
  }
}
