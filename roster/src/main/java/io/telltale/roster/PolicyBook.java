package io.telltale.roster;

import io.telltale.kernel.TenantId;
import java.util.Optional;

/** Every tenant's policy, and every version of it that ever was. Safe for many threads. */
public interface PolicyBook {
  /** From memory. A tenant without one of its own has the factory policy. */
  Policy inForce(TenantId tenant);

  /** What a tenant's policy said then; empty for a version that never was. */
  Optional<Policy> version(TenantId tenant, long version);
}
