package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.CertificatePage;
import io.telltale.registry.CertificateQuery;
import io.telltale.registry.CertificateQuery.Standing;
import io.telltale.registry.IssuerCredentials.Good;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.RevocationReason;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** The credentials that some issuers gave. */
public final class Issued {
  private Issued() {}

  private record Line(Fingerprint issuer, Good good) {}

  /** By issuer. */
  public static Map<Fingerprint, Good> good(Connection connection, Instant now)
      throws SQLException {
    return Sql.list(
            connection,
            "SELECT issuer, count(*), max(coalesce(retiring_until, not_after))"
                + " FROM credential c JOIN principal p ON p.number = c.principal"
                + " WHERE p.kind <> 'service' AND c.state <> 'revoked' AND not_after > ?"
                + " AND (retiring_until IS NULL OR retiring_until > ?) GROUP BY issuer",
            row ->
                new Line(
                    new Fingerprint(Sql.hash(row, 1)),
                    new Good(row.getLong(2), Instant.ofEpochMilli(row.getLong(3)))),
            now,
            now)
        .stream()
        .collect(Collectors.toMap(Line::issuer, Line::good));
  }

  /** So many are looked at for one page, unless an index finds them. */
  private static final long LOOKED_AT_MAX = 50_000;

  /** The newest first. */
  public static CertificatePage page(
      Connection connection, String trustDomain, Instant now, CertificateQuery query)
      throws SQLException {
    long newest = newest(connection);
    long before = Math.min(query.before(), newest + 1);
    boolean isIndexed = query.owner().isPresent() || query.serial().isPresent();
    long from = isIndexed ? 1 : Math.max(1, before - LOOKED_AT_MAX);
    var sql = new StringBuilder(select(query.isWhole()));
    var values = new ArrayList<Object>(List.of(query.tenant().name(), before, from));
    filters(query, now, sql, values);
    sql.append(" ORDER BY c.number DESC LIMIT ?");
    values.add(query.limit() + 1);
    List<CertificatePage.Line> found =
        Sql.list(connection, sql.toString(), row -> line(row, trustDomain, now), values);
    if (found.size() > query.limit()) {
      List<CertificatePage.Line> shown = found.subList(0, query.limit());
      return new CertificatePage(shown, OptionalLong.of(shown.getLast().number()));
    }
    return new CertificatePage(found, from > 1 ? OptionalLong.of(from) : OptionalLong.empty());
  }

  private static long newest(Connection connection) throws SQLException {
    return Sql.first(
            connection,
            "SELECT number FROM credential ORDER BY number DESC LIMIT 1",
            row -> row.getLong(1))
        .orElse(0L);
  }

  /** The one of a fingerprint; empty for another tenant's. */
  public static Optional<CertificatePage.Line> find(
      Connection connection,
      String trustDomain,
      Instant now,
      TenantId tenant,
      Fingerprint fingerprint)
      throws SQLException {
    return Sql.first(
        connection,
        select(true) + " AND c.fingerprint = ?",
        row -> line(row, trustDomain, now),
        tenant.name(),
        CertificateQuery.FIRST,
        0L,
        fingerprint);
  }

  private static String select(boolean isWhole) {
    String columns =
        Arrays.stream(Credentials.COLUMNS.split(", ", -1))
            .map("c."::concat)
            .collect(Collectors.joining(", "));
    return "SELECT %s, c.number, p.tenant, p.kind, p.name, %s"
            .formatted(columns, isWhole ? "c.der" : "NULL")
        // In this order: SQLite would go through all of a tenant's principals and sort.
        + " FROM credential c CROSS JOIN principal p"
        + " WHERE p.number = c.principal AND p.tenant = ? AND c.number < ? AND c.number >= ?";
  }

  private static void filters(
      CertificateQuery query, Instant now, StringBuilder sql, List<Object> values) {
    query
        .owner()
        .ifPresent(
            owner -> {
              sql.append(" AND c.principal = (SELECT number FROM principal")
                  .append(" WHERE tenant = ? AND kind = ? AND name = ?)");
              values.add(owner.tenant().name());
              values.add(owner.kind().segment());
              values.add(owner.name());
            });
    query.kind().ifPresent(kind -> and(sql, values, "p.kind = ?", kind.segment()));
    query.serial().ifPresent(serial -> and(sql, values, "c.serial = ?", serial));
    query.ends().from().ifPresent(time -> and(sql, values, "c.not_after >= ?", time));
    query.ends().to().ifPresent(time -> and(sql, values, "c.not_after < ?", time));
    query.issued().from().ifPresent(time -> and(sql, values, "c.issued >= ?", time));
    query.issued().to().ifPresent(time -> and(sql, values, "c.issued < ?", time));
    if (!query.issuers().isEmpty()) {
      sql.append(" AND c.issuer IN (?")
          .append(", ?".repeat(query.issuers().size() - 1))
          .append(')');
      values.addAll(query.issuers());
    }
    query
        .standing()
        .ifPresent(
            standing -> {
              String over = "(c.not_after <= ? OR coalesce(c.retiring_until, c.not_after) <= ?)";
              switch (standing) {
                case REVOKED -> sql.append(" AND c.state = 'revoked'");
                case ENDED -> sql.append(" AND c.state <> 'revoked' AND ").append(over);
                case GOOD -> sql.append(" AND c.state = 'active' AND NOT ").append(over);
                case RETIRING -> sql.append(" AND c.state = 'retiring' AND NOT ").append(over);
              }
              if (standing != Standing.REVOKED) {
                values.add(now);
                values.add(now);
              }
            });
  }

  private static void and(StringBuilder sql, List<Object> values, String condition, Object value) {
    sql.append(" AND ").append(condition);
    values.add(value);
  }

  private static CertificatePage.Line line(ResultSet row, String trustDomain, Instant now)
      throws SQLException {
    CredentialRecord record = Credentials.read(row);
    var owner =
        new SpiffeId(
            trustDomain,
            new TenantId(row.getString(17)),
            SpiffeId.Kind.valueOf(row.getString(18).toUpperCase(Locale.ROOT)),
            row.getString(19));
    byte[] der = row.getBytes(20);
    return new CertificatePage.Line(
        row.getLong(16),
        owner,
        record,
        standing(record, now),
        der == null ? Bytes.EMPTY : Bytes.adopt(der));
  }

  private static Standing standing(CredentialRecord record, Instant now) {
    if (record.state() == CredentialState.REVOKED) {
      return Standing.REVOKED;
    }
    if (!now.isBefore(record.goodUntil())) {
      return Standing.ENDED;
    }
    return record.state() == CredentialState.RETIRING ? Standing.RETIRING : Standing.GOOD;
  }

  /**
   * What is to be revoked of one window of numbers, found where no writer waits for it.
   *
   * @param last the number up to which all were looked at
   * @param isEnd whether there is none behind it
   */
  public record Window(List<Fingerprint> credentials, long last, boolean isEnd) {}

  /** Those of {@code issuers} behind {@code after} that are good, {@code limit} at most. */
  public static Window window(
      Connection connection, Set<Fingerprint> issuers, Instant now, long after, int limit)
      throws SQLException {
    long newest = newest(connection);
    long to = Math.min(newest, after + LOOKED_AT_MAX);
    var values = new ArrayList<Object>(issuers);
    values.addAll(List.of(now, after, to, limit));
    List<Found> found =
        Sql.list(
            connection,
            "SELECT fingerprint, number FROM credential WHERE issuer IN (?"
                + ", ?".repeat(issuers.size() - 1)
                + ") AND state <> 'revoked' AND not_after > ? AND number > ? AND number <= ?"
                + " ORDER BY number LIMIT ?",
            row -> new Found(new Fingerprint(Sql.hash(row, 1)), row.getLong(2)),
            values);
    long last = found.size() < limit ? to : found.getLast().number();
    return new Window(found.stream().map(Found::fingerprint).toList(), last, last >= newest);
  }

  private record Found(Fingerprint fingerprint, long number) {}

  /** Revokes those of them that are not revoked since; how many. */
  public static int revoke(Change change, List<Fingerprint> credentials, String actor)
      throws SQLException {
    var why = new Revocation(actor, RevocationReason.CA_REVOKED);
    int revoked = 0;
    for (Fingerprint fingerprint : credentials) {
      CredentialRecord credential =
          Credentials.find(change.connection(), fingerprint).orElseThrow();
      if (credential.state() != CredentialState.REVOKED) {
        Credentials.revoke(change, Principals.get(change, credential.principal()), credential, why);
        revoked++;
      }
    }
    return revoked;
  }
}
