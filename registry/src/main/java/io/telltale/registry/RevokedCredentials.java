package io.telltale.registry;

import io.telltale.db.Database;
import io.telltale.kernel.Fingerprint;
import io.telltale.registry.tables.Revoked;
import io.telltale.roster.CredentialRecord;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** The revoked credentials of an issuer that are not yet past their validity. Thread-safe. */
public final class RevokedCredentials {
  private final Database database;
  private final InstantSource clock;

  RevokedCredentials(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  public List<CredentialRecord> all(Fingerprint issuer) {
    Instant now = clock.instant();
    return database.read(connection -> Revoked.all(connection, issuer, now));
  }

  /** Those that were revoked at {@code since} or later. */
  public List<CredentialRecord> since(Fingerprint issuer, Instant since) {
    Instant now = clock.instant();
    return database.read(connection -> Revoked.since(connection, issuer, now, since));
  }

  /** Those whose serial number begins with these lower-case hexadecimal digits. */
  public List<CredentialRecord> of(Fingerprint issuer, String digits) {
    Instant now = clock.instant();
    return database.read(connection -> Revoked.of(connection, issuer, now, digits));
  }
}
