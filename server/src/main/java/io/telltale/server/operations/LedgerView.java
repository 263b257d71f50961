package io.telltale.server.operations;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerEntry;
import io.telltale.ledger.LedgerPage;
import io.telltale.ledger.LedgerQuery;
import io.telltale.ledger.ProofBuilder;
import io.telltale.server.api.LedgerPages;
import java.util.List;
import java.util.Optional;

/** What people read of the ledger: one tenant's events and their proofs. */
public final class LedgerView implements LedgerPages {
  private final Ledger ledger;
  private final String trustDomain;

  public LedgerView(Ledger ledger, String trustDomain) {
    this.ledger = ledger;
    this.trustDomain = trustDomain;
  }

  @Override
  public String checkpoint() {
    return ledger.checkpoint().asUtf8();
  }

  @Override
  public long published() {
    return ledger.status().published();
  }

  @Override
  public List<Hash> consistency(long first, long second) {
    return ledger.consistency(first, second);
  }

  @Override
  public Page search(TenantId tenant, Search search) {
    LedgerPage found = ledger.page(query(tenant, search));
    List<Entry> opened =
        found.entries().stream()
            .filter(entry -> entry.event().isPresent())
            .map(entry -> new Entry(entry.index(), entry.event().orElseThrow()))
            .toList();
    return new Page(opened, found.next().stream().boxed().findFirst());
  }

  private LedgerQuery query(TenantId tenant, Search search) {
    LedgerQuery query = LedgerQuery.newest(search.limit()).inTenant(tenant);
    if (!search.type().isEmpty()) {
      query = query.ofType(search.type());
    }
    if (!search.subject().isEmpty()) {
      query = query.ofSubject(whole(tenant, search.subject()));
    }
    if (!search.actor().isEmpty()) {
      query = query.byActor(whole(tenant, search.actor()));
    }
    if (search.since().isPresent()) {
      query = query.since(search.since().get());
    }
    if (search.until().isPresent()) {
      query = query.until(search.until().get());
    }
    return search.before() == Long.MAX_VALUE ? query : query.before(search.before());
  }

  /** People know a device by its id: only devices are called by a name without a kind before it. */
  private String whole(TenantId tenant, String name) {
    return DeviceId.valid(name) ? new DeviceId(tenant, name).in(trustDomain).uri() : name;
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
    // What is published is all below it, and more comes meanwhile.
    long size = ledger.status().published();
    Optional<Finding> found = ledger.verify();
    found.filter(Finding::wasRead).ifPresent(finding -> ledger.condemn(finding.text()));
    return found
        .map(finding -> new Verdict(size, "", finding.text()))
        .orElseGet(() -> new Verdict(size, ledger.root(size).hex(), ""));
  }
}
