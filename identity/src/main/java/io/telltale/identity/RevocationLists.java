package io.telltale.identity;

import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@code /crl/issuing.crl} and {@code /crl/root.crl} (RFC 5280 section 5). The issuing CA's
 * is made again when somebody asks after a revocation, or when a quarter of its life is over; in
 * between everybody gets the same bytes. Thread-safe.
 */
public final class RevocationLists {
  /** Where the issuing CA's list is. */
  public static final String ISSUING_PATH = "/crl/issuing.crl";

  private static final Duration LIFE = Duration.ofHours(24);

  private final CertificateAuthority authority;
  private final CredentialRegister register;
  private final InstantSource clock;
  private final AtomicBoolean changed = new AtomicBoolean();
  private final ReentrantLock making = new ReentrantLock();
  private volatile @Nullable Cached cached;

  private record Cached(Bytes der, Instant made) {}

  public RevocationLists(
      CertificateAuthority authority, CredentialRegister register, InstantSource clock) {
    this.authority = authority;
    this.register = register;
    this.clock = clock;
  }

  /** Tells that some credential was revoked; returns at once. */
  public void changed() {
    changed.set(true);
  }

  /** The issuing CA's list as DER, as new as the last {@link #changed()}. */
  public Bytes issuing() {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Cached current = cached;
    if (current != null && !changed.get() && fresh(current, now)) {
      return current.der();
    }
    making.lock();
    try {
      current = cached;
      // Before reading the registry: a revocation after this asks for the next list.
      boolean stale = changed.getAndSet(false);
      if (current == null || stale || !fresh(current, now)) {
        current = make(now);
        cached = current;
      }
      return current.der();
    } catch (RuntimeException | Error e) {
      // Whatever kept it from being made, the one before lacks what was revoked.
      changed.set(true);
      throw e;
    } finally {
      making.unlock();
    }
  }

  /** Until when the list that was made last is good; makes the first one, and no other. */
  public Instant issuingEnds() {
    Cached current = cached;
    Bytes list = current == null ? issuing() : current.der();
    return ListFacts.of(list).orElseThrow().nextUpdate();
  }

  List<Route<HttpExchange.Handler>> routes() {
    return List.of(
        new Route<>("GET", ISSUING_PATH, 0, _ -> list(this::issuing)),
        new Route<>("GET", "/crl/root.crl", 0, _ -> list(authority::rootCrl)));
  }

  private static boolean fresh(Cached current, Instant now) {
    return now.isBefore(current.made().plus(LIFE.dividedBy(4))) && !now.isBefore(current.made());
  }

  private Cached make(Instant now) {
    // The registry files a certificate under the issuer's certificate of its time.
    var lines =
        authority.issuings().stream()
            .flatMap(issuer -> register.revoked(Certificates.fingerprint(issuer)).stream())
            .map(line -> new Revoked(line.serial(), line.when(), line.reason()))
            .toList();
    return new Cached(authority.crl(now, now.plus(LIFE), lines), now);
  }

  private static Response list(Supplier<Bytes> maker) {
    try {
      return new Response(
          200,
          Map.of("content-type", "application/pkix-crl", "cache-control", "max-age=60"),
          maker.get());
    } catch (UnavailableException e) {
      return Response.text(Refusal.UNAVAILABLE.status(), Refusal.UNAVAILABLE.text());
    }
  }
}
