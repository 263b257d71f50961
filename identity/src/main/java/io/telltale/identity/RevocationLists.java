package io.telltale.identity;

import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.ListScope;
import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.identity.CredentialRegister.RevokedCertificate;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.UnavailableException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Serves CRLs (RFC 5280 section 5): {@code /crl/issuing.crl}, the issuing CA's whole list; {@code
 * /crl/issuing-delta.crl}, what came since any that is good; {@code /crl/issuing/80.crl} to {@code
 * ff.crl}, each for the certificates that name it; and {@code /crl/root.crl}. A revocation makes
 * none; each is made again when somebody asks after one ({@link TimedList}). Thread-safe.
 */
public final class RevocationLists {
  private static final String ISSUING_PATH = "/crl/issuing.crl";

  static final String DELTA_PATH = "/crl/issuing-delta.crl";

  private static final Duration LIFE = Duration.ofHours(24);
  private static final Duration DELTA_LIFE = Duration.ofHours(1);

  /** Revocations have times, and a clock that is set back a little must lose none. */
  private static final Duration CLOCK_SLACK = Duration.ofMinutes(5);

  /** How long a list is kept at least, in times that it took to make, and each of the parts. */
  private static final int COST = 100;

  private static final int PART_COST = 1_000;

  private final CertificateAuthority authority;
  private final CredentialRegister register;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final AtomicLong changes = new AtomicLong();
  private final TimedList whole;
  private final TimedList delta;
  private final AtomicReferenceArray<TimedList> shards = new AtomicReferenceArray<>(CrlShard.COUNT);

  /** {@code nanoTime} is a clock that never jumps, for what making a list costs. */
  public RevocationLists(
      CertificateAuthority authority,
      CredentialRegister register,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.authority = authority;
    this.register = register;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.whole = list(new TimedList.Terms(LIFE, COST), this::makeWhole);
    this.delta = list(new TimedList.Terms(DELTA_LIFE, COST), this::makeDelta);
  }

  private TimedList list(TimedList.Terms terms, Function<Instant, Bytes> maker) {
    return new TimedList(new TimedList.Clocks(clock, nanoTime), terms, changes::get, maker);
  }

  /** Tells that some credential was revoked; returns at once. */
  public void changed() {
    changes.incrementAndGet();
  }

  /** The issuing CA's whole list as DER. */
  public Bytes issuing() {
    return whole.newest();
  }

  /** Until when the whole list that was made last is good; makes the first one, and no other. */
  public Instant issuingEnds() {
    return ListFacts.of(whole.last()).orElseThrow().nextUpdate();
  }

  List<Route<HttpExchange.Handler>> routes() {
    return List.of(
        new Route<>("GET", ISSUING_PATH, 0, _ -> served(this::issuing)),
        new Route<>("GET", DELTA_PATH, 0, _ -> served(delta::newest)),
        new Route<>("GET", CrlShard.PREFIX + "{shard}", 0, this::shard),
        new Route<>("GET", "/crl/root.crl", 0, _ -> served(authority::rootCrl)));
  }

  private Response shard(Request request) {
    Optional<CrlShard> shard = CrlShard.at(request.path());
    Optional<String> url = authority.statusUrl();
    // Without it no certificate names a shard, and none could say of itself where it is.
    if (shard.isEmpty() || url.isEmpty()) {
      return Response.text(Refusal.NOT_FOUND.status(), Refusal.NOT_FOUND.text());
    }
    return served(() -> shard(shard.get(), url.get()).newest());
  }

  private TimedList shard(CrlShard shard, String url) {
    TimedList known = shards.get(shard.index());
    if (known != null) {
      return known;
    }
    TimedList made = list(new TimedList.Terms(LIFE, PART_COST), now -> makeShard(shard, url, now));
    return shards.compareAndSet(shard.index(), null, made) ? made : shards.get(shard.index());
  }

  private Bytes makeWhole(Instant now) {
    var scope = new ListScope.Full(authority.statusUrl().map(url -> url + DELTA_PATH));
    return authority.crl(scope, now, now.plus(LIFE), lines(register::revoked));
  }

  private Bytes makeDelta(Instant now) {
    // Others have any whole list that is still good. A number is no lower than the time when its
    // list was made, so that this one is below all of theirs, and nothing that they lack is left
    // out.
    Instant since = now.minus(LIFE).minus(CLOCK_SLACK);
    return authority.crl(
        new ListScope.Delta(BigInteger.valueOf(since.toEpochMilli())),
        now,
        now.plus(DELTA_LIFE),
        lines(issuer -> register.revokedSince(issuer, since)));
  }

  private Bytes makeShard(CrlShard shard, String url, Instant now) {
    return authority.crl(
        new ListScope.Shard(url + shard.path()),
        now,
        now.plus(LIFE),
        lines(issuer -> register.revokedOf(issuer, shard.digits())));
  }

  // The registry files a certificate under the issuer's certificate of its time.
  private List<Revoked> lines(Function<Fingerprint, List<RevokedCertificate>> query) {
    return authority.issuings().stream()
        .flatMap(issuer -> query.apply(Certificates.fingerprint(issuer)).stream())
        .map(line -> new Revoked(line.serial(), line.when(), line.reason()))
        .toList();
  }

  private static Response served(Supplier<Bytes> maker) {
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
