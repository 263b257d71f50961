package io.telltale.pipeline;

import io.telltale.leases.RecordOpener;

/** A partition's new position. */
record Moved(int partition, long next, long receivedMillis, RecordOpener.Kept opener) {}
