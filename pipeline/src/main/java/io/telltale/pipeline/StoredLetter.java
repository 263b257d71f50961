package io.telltale.pipeline;

import io.telltale.kernel.TenantId;
import java.time.Instant;
import java.util.OptionalInt;

/**
 * A dead letter as anybody of its tenant may see it.
 *
 * @param device the device's number; empty where it could not be read
 * @param replayable whether it can be opened and sent through again: not if it never opened, and
 *     not if it is from before dead letters could be
 * @param again whether it is on its way through the pipeline
 */
public record StoredLetter(
    long number,
    TenantId tenant,
    OptionalInt device,
    int partition,
    long offset,
    String reason,
    Instant time,
    boolean replayable,
    boolean again) {}
