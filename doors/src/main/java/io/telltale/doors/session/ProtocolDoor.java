package io.telltale.doors.session;

import io.telltale.doors.DoorParts;
import io.telltale.doors.LastRefusals;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * A door of one protocol, as its sessions see it: what they all share.
 *
 * @param family of the protocol, as in counters: {@code mqtt}
 * @param room of messages that wait
 * @param port of the door, for origins
 */
public record ProtocolDoor(
    String family,
    DoorParts parts,
    LinkLimits limits,
    LastRefusals refusals,
    HoldRoom room,
    IntSupplier port,
    LongSupplier nanoTime) {}
