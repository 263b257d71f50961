package io.telltale.identity;

import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.UnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Serves CRLs (RFC 5280 section 5): {@code /crl/issuing.crl}, the issuing CA's whole list; {@code
 * /crl/issuing-delta.crl}, what came since any that is good; {@code /crl/issuing/80.crl} to {@code
 * ff.crl}, each for the certificates that name it; and {@code /crl/root.crl}; the same of every
 * other CA by its id. A revocation makes none; each is made again when somebody asks after one
 * ({@link TimedList}). Thread-safe.
 */
public final class RevocationLists {
  private static final String PREFIX = "/crl/";

  // Of what anybody may ask they are the largest answers.
  private static final int ASKED_A_MINUTE_MAX = 600;

  private final CertificateAuthority authority;
  private final CaLists.Parts parts;
  private final AtomicLong changes = new AtomicLong();
  private final AttemptLimits<SourceBlock> perSource =
      new AttemptLimits<>(ASKED_A_MINUTE_MAX, Duration.ofMinutes(1));
  private final Map<String, CaLists> lists = new ConcurrentHashMap<>();

  /** {@code nanoTime} is a clock that never jumps, for what making a list costs. */
  public RevocationLists(
      CertificateAuthority authority,
      CredentialRegister register,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.authority = authority;
    this.parts =
        new CaLists.Parts(authority, register, new TimedList.Clocks(clock, nanoTime), changes::get);
  }

  /** Tells that some credential was revoked; returns at once. */
  public void changed() {
    changes.incrementAndGet();
  }

  /** The active issuing CA's whole list as DER. */
  public Bytes issuing() {
    return of(authority.cas().active()).whole();
  }

  /** To be called now and then: makes the active issuing CA's whole list again in time. */
  public void keepGood() {
    of(authority.cas().active()).keepGood();
  }

  /** Until when the whole list that was made last is good; makes the first one, and no other. */
  public Instant issuingEnds() {
    return of(authority.cas().active()).wholeEnds();
  }

  private CaLists of(IssuingCa ca) {
    return lists.computeIfAbsent(ca.id(), id -> new CaLists(id, parts));
  }

  List<Route<HttpExchange.Handler>> routes() {
    return List.of(
        new Route<>("GET", PREFIX + "{list}", 0, request -> limited(request, this::list)),
        new Route<>("GET", PREFIX + "{ca}/{part}", 0, request -> limited(request, this::shard)));
  }

  private Response limited(Request request, HttpExchange.Handler lists) {
    Instant now = parts.clocks().time().instant();
    return perSource.charge(SourceBlock.parse(request.source()), now)
        ? lists.handle(request)
        : Response.text(Refusal.TOO_MANY.status(), Refusal.TOO_MANY.text());
  }

  private Response list(Request request) {
    Cas cas = authority.cas();
    for (RootCa root : cas.roots()) {
      if (request.path().equals(CaLists.path(root.id()))) {
        return served(root::crl);
      }
    }
    for (IssuingCa ca : cas.issuing()) {
      if (request.path().equals(CaLists.path(ca.id()))) {
        return served(() -> of(ca).whole());
      }
      if (request.path().equals(CaLists.deltaPath(ca.id()))) {
        return served(() -> of(ca).delta());
      }
    }
    return notFound();
  }

  private Response shard(Request request) {
    String[] names = request.path().substring(PREFIX.length()).split("/", 2);
    Optional<IssuingCa> ca = authority.cas().find(names[0]);
    Optional<CrlShard> shard = CrlShard.named(names[1]);
    Optional<String> url = authority.statusUrl();
    // Without it no certificate names a shard, and none could say of itself where it is.
    return ca.isEmpty() || shard.isEmpty() || url.isEmpty()
        ? notFound()
        : served(() -> of(ca.get()).shard(shard.get(), url.get()));
  }

  private static Response notFound() {
    return Response.text(Refusal.NOT_FOUND.status(), Refusal.NOT_FOUND.text());
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
