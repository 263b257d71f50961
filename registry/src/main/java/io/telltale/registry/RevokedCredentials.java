package io.telltale.registry;

import io.telltale.db.Database;
import io.telltale.kernel.Fingerprint;
import io.telltale.registry.tables.Revoked;
import io.telltale.roster.CredentialRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * The revoked credentials of an issuer that are not past their validity for longer than {@link
 * #LISTED_AFTER_END}. Thread-safe.
 */
public final class RevokedCredentials {
  /** Longer than a list lasts: each is on one that was made behind its end (RFC 5280, 3.3). */
  private static final Duration LISTED_AFTER_END = Duration.ofHours(25);

  private final Database database;
  private final InstantSource clock;
  private final List<Runnable> listeners;

  RevokedCredentials(Database database, InstantSource clock, List<Runnable> listeners) {
    this.database = database;
    this.clock = clock;
    this.listeners = listeners;
  }

  /** From now on {@code listener} is run behind each change that revoked a credential. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  public List<CredentialRecord> all(Fingerprint issuer) {
    Instant after = clock.instant().minus(LISTED_AFTER_END);
    return database.read(connection -> Revoked.all(connection, issuer, after));
  }

  /** Those that were revoked at {@code since} or later. */
  public List<CredentialRecord> since(Fingerprint issuer, Instant since) {
    Instant after = clock.instant().minus(LISTED_AFTER_END);
    return database.read(connection -> Revoked.since(connection, issuer, after, since));
  }

  /** Those whose serial number begins with these lower-case hexadecimal digits. */
  public List<CredentialRecord> of(Fingerprint issuer, String digits) {
    Instant after = clock.instant().minus(LISTED_AFTER_END);
    return database.read(connection -> Revoked.of(connection, issuer, after, digits));
  }
}
