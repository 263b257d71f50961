package io.telltale.server;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.leases.SealerDirectory;
import io.telltale.ledger.Ledger;
import io.telltale.ledger.LedgerEntry;
import io.telltale.ledger.LedgerQuery;
import io.telltale.pipeline.DoorStatements;
import io.telltale.record.DoorStatement;
import io.telltale.record.DoorStatementCodec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What doors have stated, from the ledger: only what a door's key signed counts. */
final class LedgerStatements implements DoorStatements {
  // Of one number the first few: a door writes each once, or the same again.
  private static final int SAME_MAX = 8;

  private final Ledger ledger;
  private final SealerDirectory sealers;

  LedgerStatements(Ledger ledger, SealerDirectory sealers) {
    this.ledger = ledger;
    this.sealers = sealers;
  }

  @Override
  public List<HashedStatement> openings(int max) {
    return told(LedgerQuery.newest(max).ofType(DoorJournal.OPENED)).stream()
        .filter(told -> told.statement().opens())
        .toList();
  }

  @Override
  public Optional<HashedStatement> statement(Bytes run, long number) {
    return told(LedgerQuery.newest(SAME_MAX).ofSubject(DoorJournal.subject(run, number))).stream()
        .filter(told -> told.statement().run().equals(run))
        .filter(told -> told.statement().number() == number)
        .findFirst();
  }

  private List<HashedStatement> told(LedgerQuery query) {
    return ledger.search(query).stream().flatMap(entry -> told(entry).stream()).toList();
  }

  private Optional<HashedStatement> told(LedgerEntry entry) {
    return entry
        .event()
        .flatMap(LedgerStatements::bytes)
        .flatMap(
            signed ->
                DoorStatementCodec.decode(signed)
                    .filter(this::isSigned)
                    .map(read -> new HashedStatement(read.statement(), Hash.sha256(signed))));
  }

  private static Optional<Bytes> bytes(Event event) {
    return Base64Text.parse(event.details().getOrDefault(DoorJournal.STATEMENT, ""));
  }

  private boolean isSigned(DoorStatementCodec.Signed read) {
    DoorStatement statement = read.statement();
    // Numbers order statements, whatever the door's clock was: any time will do.
    return sealers
        .sealer(statement.credential(), Instant.EPOCH)
        .filter(known -> known.id().equals(statement.sealer()))
        .filter(known -> read.verify(known.key()))
        .isPresent();
  }
}
