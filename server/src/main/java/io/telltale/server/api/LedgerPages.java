package io.telltale.server.api;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The part of the ledger that people read. */
public interface LedgerPages {
  /** The newest checkpoint, a signed note. */
  String checkpoint();

  /** How many events the newest checkpoint speaks of. */
  long published();

  /**
   * The consistency path (RFC 9162 section 2.1.4), 0 &lt; first &lt;= second &lt;= {@link
   * #published}.
   */
  List<Hash> consistency(long first, long second);

  /**
   * One tenant's events, newest first, of boundedly many that are looked at: a page may be short or
   * empty and have a next. What cannot be opened any more is left out, and ends no page.
   */
  Page search(TenantId tenant, Search search);

  /** The proof of one event of the tenant, JSON; empty when there is none that it may see. */
  Optional<Bytes> proof(TenantId tenant, long index);

  /** Re-derives the whole ledger from its leaves and compares; may take long. */
  Verdict verify();

  /** How much was looked at, and what is wrong; an empty {@code problem} means nothing is. */
  record Verdict(long size, String root, String problem) {}

  /**
   * @param next below which index the next page begins; empty where the beginning was reached
   */
  record Page(List<Entry> entries, Optional<Long> next) {}

  /** An event and its place. */
  record Entry(long index, Event event) {}

  /**
   * @param type exact, or empty for all
   * @param subject exact, or a device's id alone, or empty for all
   * @param actor exact, or a device's id alone, or empty for all
   * @param since the earliest time
   * @param until the first time that no longer matches
   * @param before only entries below this index; {@link Long#MAX_VALUE} for the newest
   * @param limit 1 to 1000
   */
  record Search(
      String type,
      String subject,
      String actor,
      Optional<Instant> since,
      Optional<Instant> until,
      long before,
      int limit) {}
}
