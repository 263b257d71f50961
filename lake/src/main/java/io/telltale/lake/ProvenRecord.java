package io.telltale.lake;

import io.telltale.kernel.Bytes;

/**
 * What proving one record takes. {@code payloadCommit} hides the payload; with {@code payloadSalt}
 * and {@code payload} it can be opened.
 */
public record ProvenRecord(
    int partition,
    long offset,
    Bytes originBytes,
    Bytes originSalt,
    Bytes payloadCommit,
    Bytes payload,
    Bytes payloadSalt) {}
