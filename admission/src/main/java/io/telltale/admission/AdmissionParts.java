package io.telltale.admission;

import io.telltale.kernel.Counters;
import io.telltale.log.RecordLog;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What the admissions of all event loops share.
 *
 * @param nanoTime a clock that never jumps, for limits
 * @param feedPosition how far the identity view has read the registry's feed
 * @param door SPIFFE id of the door, for the origin
 */
public record AdmissionParts(
    AdmissionLimits limits,
    RecordLog log,
    Incidents incidents,
    Counters counters,
    InstantSource clock,
    LongSupplier nanoTime,
    LongSupplier feedPosition,
    ReplayWindows windows,
    String door) {}
