package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Fingerprint;
import io.telltale.roster.CredentialRecord;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** The revoked credentials of an issuer that ended later than a given time: what CRLs list. */
public final class Revoked {
  private static final String THOSE =
      "SELECT "
          + Credentials.COLUMNS
          + " FROM credential WHERE state = 'revoked' AND issuer = ? AND not_after > ?";

  private Revoked() {}

  public static List<CredentialRecord> all(
      Connection connection, Fingerprint issuer, Instant endedAfter) throws SQLException {
    // By an index, as below.
    return Sql.list(connection, THOSE + " ORDER BY revoked", Credentials::read, issuer, endedAfter);
  }

  public static List<CredentialRecord> since(
      Connection connection, Fingerprint issuer, Instant endedAfter, Instant since)
      throws SQLException {
    return Sql.list(
        connection,
        // By the index: in another order it reads all that there are.
        THOSE + " AND revoked >= ? ORDER BY revoked",
        Credentials::read,
        issuer,
        endedAfter,
        since);
  }

  /** Those whose serial number begins with {@code digits}, of the lower-case hexadecimal ones. */
  public static List<CredentialRecord> of(
      Connection connection, Fingerprint issuer, Instant endedAfter, String digits)
      throws SQLException {
    return Sql.list(
        connection,
        // What is no digit comes behind all of them.
        THOSE + " AND serial >= ? AND serial < ? ORDER BY serial",
        Credentials::read,
        issuer,
        endedAfter,
        digits,
        digits + "g");
  }
}
