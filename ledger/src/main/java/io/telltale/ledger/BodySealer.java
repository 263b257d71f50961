package io.telltale.ledger;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import java.util.Optional;

/** Seals event bodies under a key of their tenant, so that destroying it erases them. */
public interface BodySealer {
  /**
   * Seals {@code body}, bound to {@code context}; throws {@link
   * io.telltale.kernel.UnavailableException} when the tenant's key cannot be used now.
   */
  Bytes seal(TenantId tenant, Bytes context, Bytes body);

  /**
   * Opens what {@link #seal} returned for the same tenant and context; empty when the key is gone
   * or the bytes are not what was sealed, and nobody can tell which.
   */
  Optional<Bytes> open(TenantId tenant, Bytes context, Bytes sealed);

  /** Whether the tenant's key was destroyed, so that none of its bodies opens ever again. */
  default boolean erased(TenantId tenant) {
    return false;
  }
}
