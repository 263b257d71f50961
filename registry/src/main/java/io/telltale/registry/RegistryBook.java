package io.telltale.registry;

import io.telltale.kernel.Fingerprint;
import io.telltale.roster.DeviceBook;
import io.telltale.roster.Identity;
import io.telltale.roster.Principal;
import java.util.Optional;
import java.util.Set;

/**
 * The registry as whoever stores records asks it; what it learns is noted in memory, durable within
 * seconds, bounded by the devices.
 */
public record RegistryBook(Registry registry) implements DeviceBook {
  @Override
  public Optional<Identity> owner(Fingerprint credential) {
    return registry.owner(credential);
  }

  @Override
  public String provisioned(Identity device) {
    return registry.find(device.id()).map(Principal::provisioned).orElse("");
  }

  @Override
  public Set<String> formerTypes(int number) {
    return registry.formerTypes(number);
  }

  @Override
  public void stored(int number, Optional<Claim> claim) {
    registry.seen(number);
    claim.ifPresent(said -> registry.recordFirmware(number, said));
  }
}
