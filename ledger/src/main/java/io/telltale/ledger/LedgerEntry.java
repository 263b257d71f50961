package io.telltale.ledger;

import io.telltale.kernel.Event;
import java.time.Instant;
import java.util.Optional;

/**
 * An event and its place.
 *
 * @param event empty when the body cannot be opened, for instance because it was erased
 */
public record LedgerEntry(long index, String type, Instant time, Optional<Event> event) {}
