package io.telltale.registry;

import io.telltale.db.Database;
import io.telltale.kernel.TenantId;
import io.telltale.registry.tables.RekeyOrders;
import io.telltale.roster.CredentialRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who is to renew with a new key. Thread-safe. */
public final class Rekeys {
  /** So many may be under way for a tenant: each renewal looks at them. */
  public static final int OPEN_MAX = 64;

  private final Database database;
  private final Changes changes;

  Rekeys(Database database, Changes changes) {
    this.database = database;
    this.changes = changes;
  }

  /**
   * What is wanted.
   *
   * @param covers as of {@link Rekey}
   * @param perMinute how many may renew in a minute, at least 1
   * @param notice so long before the first turn; agents ask for news that often
   */
  public record Wanted(
      TenantId tenant, Map<String, String> covers, long perMinute, Duration notice) {
    public Wanted {
      covers = Map.copyOf(covers);
    }
  }

  /** What came of wanting one. */
  public sealed interface Outcome {
    record Begun(Rekey rekey) implements Outcome {}

    /** No credential of such a device is good. */
    record Nobody() implements Outcome {}

    /** {@link #OPEN_MAX} are under way. */
    record TooMany() implements Outcome {}
  }

  /**
   * Has all that {@code wanted} covers renew with a new key. Counts them first, which reads every
   * credential of the tenant and keeps no writer waiting. Where they are no more than may renew in
   * one minute it is everybody's turn at once.
   */
  public Outcome begin(Wanted wanted, Act act) {
    Instant now = changes.clock().instant();
    long total =
        database.read(
            connection ->
                RekeyOrders.count(connection, wanted.tenant(), wanted.covers(), now, now));
    return total == 0
        ? new Outcome.Nobody()
        : changes.run(change -> RekeyOrders.begin(change, wanted, total, act));
  }

  /** The newest {@code limit}, newest first, also those that are over. */
  public List<Rekey> list(TenantId tenant, int limit) {
    return database.read(connection -> RekeyOrders.list(connection, tenant, limit));
  }

  /** Empty for another tenant's, too. */
  public Optional<Rekey> find(TenantId tenant, long number) {
    return database.read(connection -> RekeyOrders.find(connection, tenant, number));
  }

  /** How many credentials are good that it would replace; reads every one of the tenant. */
  public long left(Rekey rekey) {
    Instant now = changes.clock().instant();
    return rekey.stopped().isPresent()
        ? 0
        : database.read(
            connection ->
                RekeyOrders.count(connection, rekey.tenant(), rekey.covers(), rekey.made(), now));
  }

  /** How many are under way, of all tenants. */
  public long open() {
    Instant now = changes.clock().instant();
    return database.read(connection -> RekeyOrders.open(connection, now));
  }

  /** Takes it back for all that have not renewed; empty for none of that number. */
  public Optional<Rekey> stop(TenantId tenant, long number, Act act) {
    return changes.run(change -> RekeyOrders.stop(change, tenant, number, act));
  }

  /** When it is the turn of {@code credential}, by the first that it is about. */
  public Optional<Instant> turn(CredentialRecord credential) {
    return database.read(
        connection -> RekeyOrders.turn(connection, changes.trustDomain(), credential));
  }
}
