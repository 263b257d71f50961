package io.telltale.pipeline;

import io.telltale.kernel.Fingerprint;
import io.telltale.registry.Identity;
import io.telltale.registry.Principal;
import io.telltale.registry.Registry;
import java.util.Optional;
import java.util.Set;

/** What the registry keeps of a device beside its identity, and learns when records are stored. */
public interface DeviceBook {
  /**
   * The owner of a credential, as the view would tell it; one that ended so long ago that the view
   * has forgotten it, too. Asks a database.
   */
  Optional<Identity> owner(Fingerprint credential);

  /** How the device first got a credential, for instance {@code est-token}; empty if unknown. */
  String provisioned(Identity device);

  /** The types that the device had before: what it sent as one of them is not lost. */
  Set<String> formerTypes(int number);

  /** The device's records that claim {@code firmware} were stored; never blocks. */
  void stored(int number, String firmware);

  /** The registry's own: noted in memory, durable within seconds, bounded by the devices. */
  static DeviceBook of(Registry registry) {
    return new DeviceBook() {
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
      public void stored(int number, String firmware) {
        registry.seen(number);
        if (!firmware.equals("unknown")) {
          registry.recordFirmware(number, firmware);
        }
      }
    };
  }
}
