package io.telltale.pipeline;

import io.telltale.kernel.Scope;
import java.time.Instant;

/** A record that waits, sealed as it came, until the key of its scope is enabled again. */
public record WaitingRecord(Scope scope, Instant since) {}
