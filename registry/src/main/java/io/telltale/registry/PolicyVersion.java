package io.telltale.registry;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.time.Instant;

/**
 * One version of a tenant's policy, as it was put in force.
 *
 * @param document as it was sent, byte for byte
 * @param reason empty when none was given
 */
public record PolicyVersion(
    long version, Bytes document, String actor, String reason, Instant time) {
  public Hash hash() {
    return Hash.sha256(document);
  }
}
