package io.telltale.pipeline;

/** Where a record lies. */
public record Place(int partition, long offset) {}
