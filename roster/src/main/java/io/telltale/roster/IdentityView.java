package io.telltale.roster;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Who is who, in memory, fed by the registry's change feed: what the TLS trust decision and the
 * doors ask. Lock-free reads, no database call; what it does not know is unknown.
 */
public interface IdentityView {
  /** The owner of a credential, whatever its state; empty when there is none. */
  Optional<Identity> byCredential(Fingerprint credential);

  /** A device by number, with its newest credential if it has one. */
  Optional<Identity> byNumber(int number);

  Optional<Identity> byDevice(DeviceId device);

  /** The last feed entry that this view has taken in. */
  long position();

  /**
   * Calls {@code listener} with the changes of each act (one transaction of the registry, such as a
   * revocation and what it does to each credential), after the view shows all of them, in feed
   * order, on the committing thread: it must return at once. The cut of live sessions hangs on
   * this.
   */
  void onChange(Consumer<List<Change>> listener);

  /** Which principal changed; {@code number} is 0 when the change concerns policy only. */
  record Change(long position, int number) {}
}
