package io.telltale.leases;

import io.telltale.kernel.Bytes;
import java.util.Optional;

/**
 * Seals the small things that a service keeps for itself (windows, offsets, dead letters) under its
 * own key. Thread-safe.
 */
public interface StateSeal {
  /** Sealed bytes that open only under the same {@code context}. */
  Bytes seal(String context, Bytes plain);

  /** Empty unless this service sealed it under this context. */
  Optional<Bytes> open(String context, Bytes sealed);
}
