package io.telltale.lake;

import io.telltale.kernel.Bytes;
import io.telltale.record.Origin;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One reading of one record as it goes into the raw table: a record with k values gives k rows that
 * share partition and offset.
 *
 * @param partition the log's partition
 * @param offset the log's offset: with the partition, the record's name for good
 * @param origin decoded; its fields become the provenance columns
 * @param originBytes as written by the door, byte for byte
 * @param payload as sent, opened
 * @param originSalt with originBytes, what half of the leaf commits to
 * @param payloadSalt with payload, what the other half commits to
 * @param metric the value's name
 * @param value normalised to {@code unit}; empty when it is not a number
 * @param unit the canonical unit
 * @param unitSent the unit the device used
 * @param eventTime the device's {@code time}
 * @param sourceTime the original time of a replayed file
 * @param asset what the registry knew at processing time
 * @param steps transformations applied, in order, each {@code name@version}
 * @param suspect the device or its sealer was no longer trusted when this was processed
 */
public record RawRow(
    int partition,
    long offset,
    Origin origin,
    Bytes originBytes,
    Bytes payload,
    Bytes originSalt,
    Bytes payloadSalt,
    String metric,
    OptionalDouble value,
    String unit,
    String unitSent,
    Instant eventTime,
    Optional<Instant> sourceTime,
    Asset asset,
    String steps,
    boolean suspect) {}
