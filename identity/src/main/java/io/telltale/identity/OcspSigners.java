package io.telltale.identity;

import io.telltale.kernel.SpiffeId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who signs OCSP answers in the issuing CAs' place: a delegate of each (RFC 6960 section 4.2.2.2:
 * only a CA's own delegate speaks for it), made when it is asked for first. Thread-safe.
 */
public final class OcspSigners {
  private final CertificateAuthority authority;
  private final Profile profile;
  private final InstantSource clock;
  private final Map<String, RenewingIdentity> signers = new ConcurrentHashMap<>();

  /** Signers that go by the name {@code id}; that of the active CA is made. */
  public OcspSigners(CertificateAuthority authority, SpiffeId id, InstantSource clock) {
    this.authority = authority;
    this.profile = Profile.ocspSigner(id);
    this.clock = clock;
    of(authority.cas().active().id());
  }

  /**
   * The one of the issuing CA {@code ca}. Throws {@link io.telltale.kernel.UnavailableException}
   * when the registry cannot record a first one now.
   */
  RenewingIdentity of(String ca) {
    RenewingIdentity known = signers.get(ca);
    return known != null
        ? known
        : signers.computeIfAbsent(ca, id -> RenewingIdentity.under(id, authority, profile, clock));
  }

  /**
   * Renews those that it is time for, and makes that of the active CA, which is the first; true if
   * any was. One that fails keeps no other from it, and is thrown at the end. Who signed for a CA
   * that has ended is forgotten: nothing of it is asked about any more.
   */
  public boolean renew() {
    String active = authority.cas().active().id();
    boolean any = of(active).renew();
    signers.keySet().removeIf(ca -> !ca.equals(active) && hasEnded(ca));
    Optional<RuntimeException> failure = Optional.empty();
    for (Map.Entry<String, RenewingIdentity> one : signers.entrySet()) {
      if (one.getKey().equals(active)) {
        continue;
      }
      try {
        any |= one.getValue().renew();
      } catch (RuntimeException e) {
        failure = Optional.of(e);
      }
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
    return any;
  }

  private boolean hasEnded(String ca) {
    return authority
        .cas()
        .find(ca)
        .filter(one -> clock.instant().isBefore(one.certificate().getNotAfter().toInstant()))
        .isEmpty();
  }

  /** Until when the active CA's is good. */
  public Instant ends() {
    return of(authority.cas().active().id()).ends();
  }

  /** So long before its end a certificate is replaced. */
  public Duration renewedBefore() {
    return of(authority.cas().active().id()).renewedBefore();
  }
}
