package io.telltale.server.checks;

import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerEntry;
import io.telltale.ledger.LedgerQuery;
import io.telltale.pipeline.LeafRoots;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the ledger says of batches and their leaves. */
final class BatchRoots implements LeafRoots {
  private static final String BATCH = "batch.stored";
  private static final int PAGE = 64;

  private final Ledger ledger;

  BatchRoots(Ledger ledger) {
    this.ledger = ledger;
  }

  @Override
  public Optional<Hash> of(long batch) {
    LedgerQuery query = LedgerQuery.newest(1).ofType(BATCH).ofSubject("batch/" + batch);
    return ledger.search(query).stream()
        .findFirst()
        .flatMap(LedgerEntry::event)
        .map(Event::details)
        .map(details -> Hash.ofHex(details.getOrDefault("root", "")));
  }

  @Override
  public List<LeafRoots.OldBatch> old(int partition, long before) {
    LedgerQuery query =
        LedgerQuery.newest(PAGE).ofType(BATCH).ofSubject("partition/" + partition).before(before);
    return ledger.search(query).stream()
        .map(entry -> new LeafRoots.OldBatch(entry.index(), entry.event().map(BatchRoots::array)))
        .toList();
  }

  private static LeafRoots.OldArray array(Event event) {
    Map<String, String> details = event.details();
    long first = Long.parseLong(details.getOrDefault("first", "0"));
    long last = Long.parseLong(details.getOrDefault("last", "-1"));
    return new LeafRoots.OldArray(
        details.getOrDefault("leaves", ""),
        last - first + 1,
        Hash.ofHex(details.getOrDefault("root", "")));
  }
}
