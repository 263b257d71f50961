package io.telltale.identity;

import io.telltale.crypto.x509.SubjectName;
import io.telltale.kernel.SpiffeId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A service's identity that outlives its certificates: a new key and certificate take over while
 * the old ones are still good, so that what they signed and whom they serve stay as they are.
 * Thread-safe.
 */
public final class RenewingIdentity {
  /** So long before its end a certificate is replaced: a third of its life. */
  public static final Duration RENEWED_BEFORE = Duration.ofDays(30);

  private final CertificateAuthority authority;
  private final SpiffeId id;
  private final List<SubjectName> hosts;
  private final InstantSource clock;
  private final List<Consumer<ServiceIdentity>> listeners = new CopyOnWriteArrayList<>();
  private volatile ServiceIdentity current;

  /** The identity of a service that answers under {@code hosts}; its first certificate is made. */
  public RenewingIdentity(
      CertificateAuthority authority, SpiffeId id, List<SubjectName> hosts, InstantSource clock) {
    this.authority = authority;
    this.id = id;
    this.hosts = List.copyOf(hosts);
    this.clock = clock;
    this.current = ServiceIdentity.service(authority, id, hosts);
  }

  public SpiffeId id() {
    return id;
  }

  /** The newest certificate and its key: ask again for each use. */
  public ServiceIdentity current() {
    return current;
  }

  /** Hears of every renewal, before anybody else uses the new certificate. */
  public void onRenewal(Consumer<ServiceIdentity> listener) {
    listeners.add(listener);
  }

  /**
   * Renews if it is time; true if it was. Throws {@link io.telltale.kernel.UnavailableException}
   * when the registry cannot record now: nothing has changed then.
   */
  public synchronized boolean renew() {
    Instant now = clock.instant();
    if (now.isBefore(ends().minus(RENEWED_BEFORE)) && !now.isBefore(starts())) {
      return false;
    }
    ServiceIdentity next = ServiceIdentity.service(authority, id, hosts);
    current = next;
    listeners.forEach(listener -> listener.accept(next));
    return true;
  }

  public Instant ends() {
    return current.chain().getFirst().getNotAfter().toInstant();
  }

  private Instant starts() {
    return current.chain().getFirst().getNotBefore().toInstant();
  }
}
