package io.telltale.registry;

import io.telltale.db.Database;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.TenantId;
import io.telltale.registry.tables.Issued;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The credentials that issuers gave. Thread-safe. */
public final class IssuerCredentials {
  private final Database database;
  private final Changes changes;

  IssuerCredentials(Database database, Changes changes) {
    this.database = database;
    this.changes = changes;
  }

  /**
   * What devices, gateways and people hold; services make themselves new ones.
   *
   * @param until when the last of them ends
   */
  public record Good(long count, Instant until) {}

  /** How many are good, by issuer; of what is not there none is. Reads all that there are. */
  public Map<Fingerprint, Good> good() {
    Instant now = changes.clock().instant();
    return database.read(connection -> Issued.good(connection, now));
  }

  /** What issuers gave, whatever became of it. */
  public CertificatePage page(CertificateQuery query) {
    Instant now = changes.clock().instant();
    return database.read(connection -> Issued.page(connection, changes.trustDomain(), now, query));
  }

  /** The one of a fingerprint with whose it is; empty for another tenant's. */
  public Optional<CertificatePage.Line> find(TenantId tenant, Fingerprint fingerprint) {
    Instant now = changes.clock().instant();
    return database.read(
        connection -> Issued.find(connection, changes.trustDomain(), now, tenant, fingerprint));
  }

  /**
   * What came of one step.
   *
   * @param revoked how many
   * @param last the number up to which all were looked at: the next step goes on behind it
   * @param isLast whether there is nothing behind it
   */
  public record Step(int revoked, long last, boolean isLast) {}

  /**
   * Revokes the first {@code limit} behind {@code after}, whoever holds them, as their issuers are
   * not to be believed any more; with an event each. Keep it to a thousand or so, since a
   * revocation waits behind it; looking for them keeps nobody waiting, and is bounded, too.
   */
  public Step revoke(Set<Fingerprint> issuers, long after, int limit, Act act) {
    Instant now = changes.clock().instant();
    Issued.Window window =
        database.read(connection -> Issued.window(connection, issuers, now, after, limit));
    int revoked =
        window.credentials().isEmpty()
            ? 0
            : changes.run(change -> Issued.revoke(change, window.credentials(), act.actor()));
    return new Step(revoked, window.last(), window.isEnd());
  }
}
