package io.telltale.roster;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Everyone, in memory. Reads take no lock; only the database's writer thread changes it, after each
 * commit and in commit order.
 */
public final class MemoryIdentityView implements IdentityView {
  private static final System.Logger LOG = System.getLogger(MemoryIdentityView.class.getName());

  private static final int NO_ENROLMENT = 0;

  private final Map<Fingerprint, Identity> byCredential = new ConcurrentHashMap<>();
  private final Map<Integer, Identity> byNumber = new ConcurrentHashMap<>();
  private final Map<DeviceId, Identity> byDevice = new ConcurrentHashMap<>();
  private final Map<Integer, Set<Role>> roles = new ConcurrentHashMap<>();
  private final List<Consumer<List<Change>>> listeners = new CopyOnWriteArrayList<>();
  private volatile long position;

  /**
   * A principal as it is now.
   *
   * @param credentials oldest first
   * @param forgotten credentials that ended so long ago that nobody asks for them
   */
  public record Snapshot(
      Principal principal, List<CredentialRecord> credentials, List<Fingerprint> forgotten) {}

  @Override
  public Optional<Identity> byCredential(Fingerprint credential) {
    return Optional.ofNullable(byCredential.get(credential));
  }

  @Override
  public Optional<Identity> byNumber(int number) {
    return Optional.ofNullable(byNumber.get(number));
  }

  @Override
  public Optional<Identity> byDevice(DeviceId device) {
    return Optional.ofNullable(byDevice.get(device));
  }

  public Set<Role> roles(int number) {
    return roles.getOrDefault(number, Set.of());
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void onChange(Consumer<List<Change>> listener) {
    listeners.add(listener);
  }

  public void reached(long newPosition) {
    position = newPosition;
  }

  public void put(Snapshot snapshot) {
    Principal principal = snapshot.principal();
    Identity newest = without(principal);
    boolean newestUsable = false;
    for (CredentialRecord credential : snapshot.credentials()) {
      Identity identity = with(principal, credential);
      byCredential.put(credential.fingerprint(), identity);
      boolean usable = credential.state().usable();
      if (usable || !newestUsable) {
        newest = identity;
        newestUsable = usable;
      }
    }
    snapshot.forgotten().forEach(byCredential::remove);
    byNumber.put(principal.number(), newest);
    SpiffeId id = principal.id();
    if (id.kind() == SpiffeId.Kind.DEVICE) {
      byDevice.put(new DeviceId(id.tenant(), id.name()), newest);
    }
    if (!principal.roles().isEmpty()) {
      roles.put(principal.number(), principal.roles());
    }
  }

  /** Shows the changes, then tells of them. */
  public void apply(List<Snapshot> snapshots, List<Change> changes) {
    snapshots.forEach(this::put);
    if (changes.isEmpty()) {
      return;
    }
    position = changes.getLast().position();
    List<Change> act = List.copyOf(changes);
    for (Consumer<List<Change>> listener : listeners) {
      try {
        listener.accept(act);
      } catch (RuntimeException e) {
        // One listener's mistake must not keep the others from cutting their sessions.
        LOG.log(System.Logger.Level.ERROR, "feed.listener-failed", e);
      }
    }
  }

  private static Identity without(Principal principal) {
    return new Identity(
        principal.number(),
        principal.id(),
        principal.state(),
        Identity.NO_CREDENTIAL,
        Identity.NO_CREDENTIAL,
        CredentialState.PENDING,
        NO_ENROLMENT,
        Instant.EPOCH,
        principal.asset(),
        principal.firmware(),
        principal.position());
  }

  public static Identity with(Principal principal, CredentialRecord credential) {
    return new Identity(
        principal.number(),
        principal.id(),
        principal.state(),
        credential.fingerprint(),
        credential.issuer(),
        credential.state(),
        credential.enrolment(),
        credential.goodUntil(),
        principal.asset(),
        principal.firmware(),
        principal.position());
  }
}
