package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Fingerprint;
import io.telltale.registry.IssuerCredentials.Good;
import io.telltale.registry.IssuerCredentials.Step;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.RevocationReason;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

  private record Found(long number, CredentialRecord credential) {}

  public static Step revoke(
      Change change, Set<Fingerprint> issuers, long after, int limit, String actor)
      throws SQLException {
    var values = new ArrayList<Object>(issuers);
    values.add(change.now());
    values.add(after);
    values.add(limit);
    List<Found> found =
        Sql.list(
            change.connection(),
            "SELECT "
                + Credentials.COLUMNS
                + ", number"
                + " FROM credential WHERE issuer IN (?"
                + ", ?".repeat(issuers.size() - 1)
                + ") AND state <> 'revoked' AND not_after > ? AND number > ?"
                + " ORDER BY number LIMIT ?",
            row -> new Found(row.getLong(16), Credentials.read(row)),
            values.toArray());
    var why = new Revocation(actor, RevocationReason.CA_REVOKED);
    long last = after;
    for (Found one : found) {
      Credentials.revoke(
          change, Principals.get(change, one.credential().principal()), one.credential(), why);
      last = one.number();
    }
    return new Step(found.size(), last);
  }
}
