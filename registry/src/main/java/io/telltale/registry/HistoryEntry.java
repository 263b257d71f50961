package io.telltale.registry;

import java.time.Instant;
import java.util.Optional;

/** One step in a device's life; {@code from} is empty for its registration. */
public record HistoryEntry(
    Optional<LifecycleState> from, LifecycleState to, Act act, Instant time) {}
