package io.telltale.identity;

import io.telltale.kernel.SpiffeId;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A service's identity that outlives its certificates: a new key and certificate take over while
 * the old ones are still good, so that what they signed and whom they serve stay as they are.
 * Thread-safe.
 */
public final class RenewingIdentity {
  private static final int RENEWED_FRACTION = 3;

  private final CertificateAuthority authority;
  private final Profile profile;
  private final InstantSource clock;
  private final Optional<String> issuer;
  private final List<Consumer<ServiceIdentity>> listeners = new CopyOnWriteArrayList<>();
  // Who could not take the newest one over: told again each time.
  private final Set<Consumer<ServiceIdentity>> behind = ConcurrentHashMap.newKeySet();
  private volatile ServiceIdentity current;

  /**
   * An identity of {@code profile} that follows from one issuing CA to the next; its first
   * certificate is made.
   */
  public RenewingIdentity(CertificateAuthority authority, Profile profile, InstantSource clock) {
    this(authority, profile, clock, Optional.empty());
  }

  private RenewingIdentity(
      CertificateAuthority authority,
      Profile profile,
      InstantSource clock,
      Optional<String> issuer) {
    this.authority = authority;
    this.profile = profile;
    this.clock = clock;
    this.issuer = issuer;
    this.current = made();
  }

  /** One that stays with the issuing CA {@code id}. */
  static RenewingIdentity under(
      String id, CertificateAuthority authority, Profile profile, InstantSource clock) {
    return new RenewingIdentity(authority, profile, clock, Optional.of(id));
  }

  private ServiceIdentity made() {
    return issuer
        .map(id -> ServiceIdentity.under(id, authority, profile))
        .orElseGet(() -> ServiceIdentity.of(authority, profile));
  }

  private X509Certificate issuing() {
    return issuer
        .map(id -> authority.cas().find(id).orElseThrow().certificate())
        .orElseGet(authority::issuing);
  }

  public SpiffeId id() {
    return profile.id();
  }

  /** So long before its end a certificate is replaced: a third of its life. */
  public Duration renewedBefore() {
    return profile.validity().dividedBy(RENEWED_FRACTION);
  }

  /** The newest certificate and its key: ask again for each use. */
  public ServiceIdentity current() {
    return current;
  }

  /** Hears of every renewal at once, and again with each {@link #renew} where it threw. */
  public void onRenewal(Consumer<ServiceIdentity> listener) {
    listeners.add(listener);
  }

  /**
   * Renews if it is time, or if another CA signs now; true if it was. Throws {@link
   * io.telltale.kernel.UnavailableException} when the registry cannot record now: nothing has
   * changed then.
   */
  public synchronized boolean renew() {
    Instant now = clock.instant();
    boolean due = !now.isBefore(ends().minus(renewedBefore()));
    // None outlives its issuer: near that one's end another would end no later, each minute anew.
    boolean helps = ends().isBefore(issuing().getNotAfter().toInstant());
    List<X509Certificate> chain = current.chain();
    boolean isOfAnother = !chain.get(1).getPublicKey().equals(issuing().getPublicKey());
    // It leads to older roots, of which one may be revoked since.
    boolean leadsElsewhere = !chain.equals(authority.shown(chain.getFirst(), chain.get(1)));
    if (!(due && helps) && !now.isBefore(starts()) && !isOfAnother && !leadsElsewhere) {
      tell(List.copyOf(behind));
      return false;
    }
    current = made();
    tell(listeners);
    return true;
  }

  // One that fails keeps no other from it.
  private void tell(List<Consumer<ServiceIdentity>> those) {
    Optional<RuntimeException> failure = Optional.empty();
    for (Consumer<ServiceIdentity> one : those) {
      try {
        one.accept(current);
        behind.remove(one);
      } catch (RuntimeException e) {
        behind.add(one);
        failure = Optional.of(e);
      }
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  public Instant ends() {
    return current.chain().getFirst().getNotAfter().toInstant();
  }

  private Instant starts() {
    return current.chain().getFirst().getNotBefore().toInstant();
  }
}
