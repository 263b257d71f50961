package io.telltale.roster;

import java.util.Set;

/**
 * What one kind of device may do (IN-5, IN-6).
 *
 * @param messageTypes the names of the only messages it may send
 * @param attestationRequired whether it must attest before it may publish
 * @param renewAfterExpiryDays so many days after its end a certificate may still be renewed, once
 *     an operator has said so of the device; 0 for never
 */
public record DeviceType(
    String name,
    Set<String> messageTypes,
    Limits limits,
    Replay replay,
    boolean attestationRequired,
    int renewAfterExpiryDays) {
  public DeviceType {
    messageTypes = Set.copyOf(messageTypes);
  }

  /** How a captured message sent again is told apart (IN-7). */
  public enum Replay {
    /** Every message has a sequence number, unique for good. */
    SEQUENCE,
    /** No sequence numbers: protected within one TLS session only, and marked so. */
    SESSION_ONLY
  }
}
