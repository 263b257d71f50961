package io.telltale.registry.tables;

import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.registry.NewCredential;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Principal;
import io.telltale.roster.Protection;
import io.telltale.roster.RevocationReason;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The table of credentials and the rules for adding, replacing and ending them. */
public final class Credentials {
  /** In the order in which {@link #read} takes them: by place, since by name is slow. */
  static final String COLUMNS =
      "principal, fingerprint, issuer, serial, not_before, not_after, state, retiring_until,"
          + " revoked, revoked_reason, spki, protection, issued, enrolment, used";

  private Credentials() {}

  public static Optional<CredentialRecord> find(Connection connection, Fingerprint fingerprint)
      throws SQLException {
    return Sql.first(
        connection,
        "SELECT " + COLUMNS + " FROM credential WHERE fingerprint = ?",
        Credentials::read,
        fingerprint);
  }

  /** Oldest first. */
  public static List<CredentialRecord> of(Connection connection, int principal)
      throws SQLException {
    return Sql.list(
        connection,
        "SELECT " + COLUMNS + " FROM credential WHERE principal = ? ORDER BY number",
        Credentials::read,
        principal);
  }

  /** Those of the same owner that came later than {@code one}, oldest first. */
  static List<CredentialRecord> after(Connection connection, CredentialRecord one)
      throws SQLException {
    return Sql.list(
        connection,
        "SELECT "
            + COLUMNS
            + " FROM credential WHERE principal = ?"
            + " AND number > (SELECT number FROM credential WHERE fingerprint = ?)"
            + " ORDER BY number",
        Credentials::read,
        one.principal(),
        one.fingerprint());
  }

  /** How many of the same enrolment were issued lately; those of a clock that was ahead are not. */
  static int issuedSince(Change change, CredentialRecord one, Duration lately) throws SQLException {
    return Sql.first(
            change.connection(),
            "SELECT count(*) FROM credential WHERE principal = ? AND enrolment = ?"
                + " AND issued > ? AND issued <= ?",
            row -> row.getInt(1),
            one.principal(),
            one.enrolment(),
            change.now().minus(lately),
            change.now())
        .orElse(0);
  }

  /** Notes the first use of a credential. */
  static void use(Connection connection, Fingerprint fingerprint, Instant when)
      throws SQLException {
    Sql.update(
        connection,
        "UPDATE credential SET used = ? WHERE fingerprint = ? AND used IS NULL",
        when,
        fingerprint);
  }

  public static List<CredentialRecord> ofSerial(Connection connection, String serial)
      throws SQLException {
    return Sql.list(
        connection,
        "SELECT " + COLUMNS + " FROM credential WHERE serial = ?",
        Credentials::read,
        serial);
  }

  public static boolean areAny(Connection connection) throws SQLException {
    return Sql.first(connection, "SELECT 1 FROM credential LIMIT 1", row -> true).isPresent();
  }

  static boolean keyKnown(Change change, NewCredential credential) throws SQLException {
    return !Sql.list(
            change.connection(),
            "SELECT 1 FROM credential WHERE spki = ? LIMIT 1",
            row -> true,
            credential.spki())
        .isEmpty();
  }

  static void insert(Change change, Principal owner, NewCredential credential, int enrolment)
      throws SQLException {
    Sql.update(
        change.connection(),
        "INSERT INTO credential (fingerprint, principal, issuer, serial, not_before, not_after,"
            + " state, spki, der, protection, issued, enrolment)"
            + " VALUES (?, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?)",
        credential.fingerprint(),
        owner.number(),
        credential.issuer(),
        credential.serial(),
        credential.notBefore(),
        credential.notAfter(),
        credential.spki(),
        credential.der(),
        credential.protection().text(),
        change.now(),
        enrolment);
  }

  static void retire(Change change, int principal, Duration overlap) throws SQLException {
    Sql.update(
        change.connection(),
        "UPDATE credential SET state = 'retiring', retiring_until = ?"
            + " WHERE principal = ? AND state = 'active'",
        change.now().plus(overlap),
        principal);
  }

  static long revoke(Change change, Principal owner, CredentialRecord credential, Revocation why)
      throws SQLException {
    change.revoked();
    Sql.update(
        change.connection(),
        "UPDATE credential SET state = 'revoked', revoked = ?, revoked_reason = ?"
            + " WHERE fingerprint = ?",
        change.now(),
        why.reason().text(),
        credential.fingerprint());
    return change.record(
        owner,
        "credential.revoked",
        why.actor(),
        credential.fingerprint().hex(),
        Map.of(
            "owner", owner.id().uri(),
            "serial", credential.serial(),
            "reason", why.reason().text()));
  }

  /** Returns the feed position of the last revocation, 0 when there was nothing to revoke. */
  static long revokeAll(Change change, Principal owner, Revocation why) throws SQLException {
    long position = 0;
    for (CredentialRecord credential : of(change.connection(), owner.number())) {
      if (credential.state() != CredentialState.REVOKED) {
        position = revoke(change, owner, credential, why);
      }
    }
    return position;
  }

  public static Optional<Bytes> der(Connection connection, Fingerprint fingerprint)
      throws SQLException {
    return Sql.first(
        connection,
        "SELECT der FROM credential WHERE fingerprint = ?",
        row -> Bytes.adopt(row.getBytes(1)),
        fingerprint);
  }

  static CredentialRecord read(ResultSet row) throws SQLException {
    return new CredentialRecord(
        row.getInt(1),
        new Fingerprint(Sql.hash(row, 2)),
        new Fingerprint(Sql.hash(row, 3)),
        row.getString(4),
        Instant.ofEpochMilli(row.getLong(5)),
        Instant.ofEpochMilli(row.getLong(6)),
        CredentialState.valueOf(row.getString(7).toUpperCase(Locale.ROOT)),
        Sql.optionalTime(row, 8),
        Sql.optionalTime(row, 9),
        RevocationReason.ofStored(Sql.optionalText(row, 10)),
        Sql.hash(row, 11),
        Protection.valueOf(row.getString(12).toUpperCase(Locale.ROOT)),
        Instant.ofEpochMilli(row.getLong(13)),
        row.getInt(14),
        Sql.optionalTime(row, 15));
  }
}
