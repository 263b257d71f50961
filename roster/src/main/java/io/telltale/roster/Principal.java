package io.telltale.roster;

import io.telltale.kernel.SpiffeId;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A device, gateway, service or person as the registry keeps it (RG-1).
 *
 * @param roles of people and services; empty for devices
 * @param firmware self-reported, or {@code unknown}
 * @param lastSeen to within some seconds
 * @param revision of the asset record, from 1
 * @param provisioned what first gave it a credential, for instance {@code est-token}; empty before
 */
public record Principal(
    int number,
    SpiffeId id,
    LifecycleState state,
    AssetRecord asset,
    int revision,
    Set<Role> roles,
    String firmware,
    Instant created,
    Optional<Instant> lastSeen,
    String provisioned,
    long position) {
  public Principal {
    roles = Set.copyOf(roles);
  }
}
