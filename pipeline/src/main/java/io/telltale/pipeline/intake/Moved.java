package io.telltale.pipeline.intake;

import io.telltale.leases.RecordOpener;

/** A partition's new position. */
public record Moved(int partition, long next, long receivedMillis, RecordOpener.Kept opener) {}
