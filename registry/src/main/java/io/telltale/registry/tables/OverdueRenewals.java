package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.RenewalHealth;
import io.telltale.registry.RenewalHealth.Cause;
import io.telltale.registry.RenewalHealth.Cohort;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Certificates that should have been followed by another. */
public final class OverdueRenewals {
  private static final int COHORTS_MAX = 100;
  private static final Duration SAME_AGAIN = Duration.ofMinutes(10);
  private static final Duration OTHER_AGAIN = Duration.ofMinutes(1);
  private static final Duration RENEWED_SINCE = Duration.ofDays(30);
  private static final Duration ENDED_SINCE = Duration.ofDays(400);

  /**
   * From when on a renewal is overdue: agents renew between two thirds and three quarters of a
   * certificate's life.
   */
  private static final String DUE = "(c.not_before + (c.not_after - c.not_before) / 4 * 3)";

  private static final String SUMS =
      "coalesce(sum(CASE WHEN c.not_after > ? THEN 1 ELSE 0 END), 0),"
          + " coalesce(sum(CASE WHEN c.not_after > ? THEN 0 ELSE 1 END), 0)";

  private static final String CAUSE =
      "CASE WHEN p.renewal_refused >= %1$s THEN 'refused' WHEN p.last_seen >= %1$s THEN 'silent'"
              .formatted(DUE)
          + " ELSE 'away' END, CASE WHEN p.renewal_refused >= %s THEN p.renewal_why ELSE '' END"
              .formatted(DUE);

  private static final String OF_ACTIVE =
      " FROM credential c JOIN principal p ON p.number = c.principal"
          + " WHERE p.kind IN ('device', 'gateway') AND p.state = 'active' AND c.state = 'active'";

  private OverdueRenewals() {}

  public static void refused(Change change, SpiffeId device, String why) throws SQLException {
    Sql.update(
        change.connection(),
        "UPDATE principal SET renewal_refused = ?, renewal_why = ?"
            + " WHERE tenant = ? AND kind = ? AND name = ?",
        change.now(),
        why,
        device.tenant().name(),
        device.kind().segment(),
        device.name());
  }

  /** Whether it was noted a moment ago, or there is no such device. */
  public static boolean isKnown(Connection connection, SpiffeId device, String why, Instant now)
      throws SQLException {
    return Sql.first(
            connection,
            "SELECT 1 FROM principal WHERE tenant = ? AND kind = ? AND name = ?"
                + " AND (renewal_why IS NULL OR renewal_refused < ?"
                + " OR (renewal_why <> ? AND renewal_refused < ?))",
            row -> true,
            device.tenant().name(),
            device.kind().segment(),
            device.name(),
            now.minus(SAME_AGAIN),
            why,
            now.minus(OTHER_AGAIN))
        .isEmpty();
  }

  public static long count(Connection connection, Instant now) throws SQLException {
    return Sql.first(
            connection,
            "SELECT count(*)" + OF_ACTIVE + " AND c.not_after > ? AND " + DUE + " < ?",
            row -> row.getLong(1),
            now,
            now)
        .orElseThrow();
  }

  public static RenewalHealth health(Connection connection, TenantId tenant, Instant now)
      throws SQLException {
    Instant ended = now.minus(ENDED_SINCE);
    String late = OF_ACTIVE + " AND p.tenant = ? AND c.not_after > ? AND " + DUE + " < ?";
    Totals totals =
        Sql.first(
                connection,
                "SELECT " + SUMS + late,
                row -> new Totals(row.getLong(1), row.getLong(2)),
                now,
                now,
                tenant.name(),
                ended,
                now)
            .orElseThrow();
    List<Cohort> cohorts =
        Sql.list(
            connection,
            "SELECT "
                + SUMS
                + ", json_extract(p.asset, '$.region'), p.firmware, c.issuer, "
                + CAUSE
                + ", min(p.name)"
                + late
                + " GROUP BY 3, 4, 5, 6, 7 ORDER BY count(*) DESC, 8 LIMIT ?",
            OverdueRenewals::cohort,
            now,
            now,
            tenant.name(),
            ended,
            now,
            COHORTS_MAX + 1);
    boolean isCut = cohorts.size() > COHORTS_MAX;
    return new RenewalHealth(
        renewed(connection, tenant, now),
        totals.overdue(),
        totals.ended(),
        isCut ? cohorts.subList(0, COHORTS_MAX) : cohorts,
        isCut);
  }

  private record Totals(long overdue, long ended) {}

  private static Cohort cohort(ResultSet row) throws SQLException {
    return new Cohort(
        row.getString(3),
        row.getString(4),
        new Fingerprint(Sql.hash(row, 5)),
        Cause.valueOf(row.getString(6).toUpperCase(Locale.ROOT)),
        row.getString(7),
        row.getLong(1),
        row.getLong(2),
        row.getString(8));
  }

  private static long renewed(Connection connection, TenantId tenant, Instant now)
      throws SQLException {
    return Sql.first(
            connection,
            "SELECT count(*) FROM credential c JOIN principal p ON p.number = c.principal"
                + " WHERE p.tenant = ? AND p.kind IN ('device', 'gateway')"
                + " AND c.state = 'retiring' AND c.retiring_until > ?",
            row -> row.getLong(1),
            tenant.name(),
            now.minus(RENEWED_SINCE))
        .orElseThrow();
  }
}
