package io.telltale.registry;

import io.telltale.db.Database;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.tables.OverdueRenewals;
import java.time.Instant;

/** How renewals go. Thread-safe. */
public final class Renewals {
  private final Database database;
  private final Changes changes;

  Renewals(Database database, Changes changes) {
    this.database = database;
    this.changes = changes;
  }

  /** Notes that a device asked for its next certificate and was refused; seldom for the same. */
  public void refused(SpiffeId device, String why) {
    Instant now = changes.clock().instant();
    boolean isKnown =
        database.read(connection -> OverdueRenewals.isKnown(connection, device, why, now));
    if (!isKnown) {
      changes.run(
          change -> {
            OverdueRenewals.refused(change, device, why);
            return true;
          });
    }
  }

  /** Who has not renewed in time, and why; reads every credential of the tenant. */
  public RenewalHealth health(TenantId tenant) {
    Instant now = changes.clock().instant();
    return database.read(connection -> OverdueRenewals.health(connection, tenant, now));
  }

  /** How many good certificates of active devices should have been renewed by now. */
  public long overdue() {
    Instant now = changes.clock().instant();
    return database.read(connection -> OverdueRenewals.count(connection, now));
  }
}
