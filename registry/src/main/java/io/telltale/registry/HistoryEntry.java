package io.telltale.registry;

import io.telltale.roster.LifecycleState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One step in a device's life; {@code from} is empty for its registration.
 *
 * @param changes of what is known of it, in a step that left its state as it was
 */
public record HistoryEntry(
    Optional<LifecycleState> from,
    LifecycleState to,
    Act act,
    Instant time,
    List<FieldChange> changes) {
  public HistoryEntry {
    changes = List.copyOf(changes);
  }
}
