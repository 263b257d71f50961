package io.telltale.ledger;

import io.telltale.kernel.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * What to look for; an empty part matches everything. The newest events come first.
 *
 * @param type a whole type, or a beginning that ends in a dot
 * @param subject the exact subject: the index knows no other
 * @param actor the exact actor
 * @param since the earliest time
 * @param until the first time that no longer matches
 * @param before only events below this index, for the next page
 * @param limit 1 to 1,000
 */
public record LedgerQuery(
    Optional<TenantId> tenant,
    Optional<String> type,
    Optional<String> subject,
    Optional<String> actor,
    Optional<Instant> since,
    Optional<Instant> until,
    Optional<Long> before,
    int limit) {
  public static final int LIMIT_MAX = 1_000;

  public LedgerQuery {
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("a page has 1 to " + LIMIT_MAX + " events");
    }
  }

  /** The newest {@code limit} events of any kind. */
  public static LedgerQuery newest(int limit) {
    return new LedgerQuery(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        limit);
  }

  public LedgerQuery inTenant(TenantId wanted) {
    return new LedgerQuery(Optional.of(wanted), type, subject, actor, since, until, before, limit);
  }

  public LedgerQuery ofType(String wanted) {
    return new LedgerQuery(
        tenant, Optional.of(wanted), subject, actor, since, until, before, limit);
  }

  public LedgerQuery ofSubject(String wanted) {
    return new LedgerQuery(tenant, type, Optional.of(wanted), actor, since, until, before, limit);
  }

  public LedgerQuery byActor(String wanted) {
    return new LedgerQuery(tenant, type, subject, Optional.of(wanted), since, until, before, limit);
  }

  public LedgerQuery before(long index) {
    return new LedgerQuery(tenant, type, subject, actor, since, until, Optional.of(index), limit);
  }

  public LedgerQuery since(Instant time) {
    return new LedgerQuery(tenant, type, subject, actor, Optional.of(time), until, before, limit);
  }

  public LedgerQuery until(Instant time) {
    return new LedgerQuery(tenant, type, subject, actor, since, Optional.of(time), before, limit);
  }
}
