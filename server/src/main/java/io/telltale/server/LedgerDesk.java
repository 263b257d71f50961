package io.telltale.server;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerEntry;
import io.telltale.ledger.LedgerQuery;
import io.telltale.ledger.ProofBuilder;
import io.telltale.server.api.LedgerReading;
import java.util.List;
import java.util.Optional;

/** What people read of the ledger: one tenant's events and their proofs. */
final class LedgerDesk implements LedgerReading {
  private final Ledger ledger;

  LedgerDesk(Ledger ledger) {
    this.ledger = ledger;
  }

  @Override
  public String checkpoint() {
    return ledger.checkpoint().asUtf8();
  }

  @Override
  public List<Entry> search(TenantId tenant, Search search) {
    var query =
        new LedgerQuery(
            Optional.of(tenant),
            given(search.type()),
            given(search.subject()),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            search.before() == Long.MAX_VALUE ? Optional.empty() : Optional.of(search.before()),
            search.limit());
    return ledger.search(query).stream()
        .filter(entry -> entry.event().isPresent())
        .map(entry -> new Entry(entry.index(), entry.event().orElseThrow()))
        .toList();
  }

  private static Optional<String> given(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  @Override
  public Optional<Bytes> proof(TenantId tenant, long index) {
    Optional<LedgerEntry> entry = ledger.event(index);
    boolean theirs =
        entry.flatMap(LedgerEntry::event).map(Event::tenant).filter(tenant::equals).isPresent();
    return theirs ? ProofBuilder.ofEvents(ledger, List.of(index)) : Optional.empty();
  }

  @Override
  public Verdict verify() {
    try {
      Ledger.Audit audit = ledger.verifyAll();
      return new Verdict(audit.checkpoint().size(), audit.checkpoint().root().hex(), "");
    } catch (CorruptException e) {
      return new Verdict(ledger.status().size(), "", String.valueOf(e.getMessage()));
    }
  }
}
