package io.telltale.ledger;

import java.util.List;
import java.util.OptionalLong;

/**
 * What one look at the ledger found, newest first.
 *
 * @param next below which index to go on, even where nothing was found; empty at the beginning
 */
public record LedgerPage(List<LedgerEntry> entries, OptionalLong next) {
  public LedgerPage {
    entries = List.copyOf(entries);
  }
}
