package io.telltale.identity;

import io.telltale.crypto.x509.RenewalId;
import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.identity.CredentialRegister.Life;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Counters;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.UnavailableException;
import io.telltale.registry.Rekey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Says when a certificate of the issuing CA should be renewed (RFC 9773). Thread-safe. */
public final class RenewalInfoHandler {
  private static final String PREFIX = "/renewal-info/";

  /** How soon what an operator says reaches every device; ADR 0297. */
  static final Duration ASK_AGAIN = Duration.ofHours(6);

  /** By then every agent that reaches us has asked once more. */
  public static final Duration HEARD = Duration.ofHours(7);

  /** Over so long a fleet moves from one CA to the next. */
  static final Duration MOVING_OVER = Duration.ofDays(7);

  private static final Duration ASK_AGAIN_MIN = Duration.ofMinutes(15);

  // Whoever asks is a stranger, and each answer costs a read.
  private static final int ASKED_A_MINUTE_MAX = 6_000;
  private static final String COUNTER = "renewal.info";

  private final CertificateAuthority authority;
  private final CredentialRegister register;
  private final Counters counters;
  private final InstantSource clock;
  private final AttemptLimits<SourceBlock> perSource =
      new AttemptLimits<>(ASKED_A_MINUTE_MAX, Duration.ofMinutes(1));

  public RenewalInfoHandler(
      CertificateAuthority authority,
      CredentialRegister register,
      Counters counters,
      InstantSource clock) {
    this.authority = authority;
    this.register = register;
    this.counters = counters;
    this.clock = clock;
  }

  List<Route<HttpExchange.Handler>> routes() {
    return List.of(new Route<>("GET", PREFIX + "{id}", 0, this::get));
  }

  private Response get(Request request) {
    if (!perSource.charge(SourceBlock.parse(request.source()), clock.instant())) {
      return answer("too-many", 429, Duration.ofMinutes(1), Refusal.TOO_MANY.text() + "\n");
    }
    return RenewalId.parse(request.path().substring(PREFIX.length()))
        .map(this::of)
        .orElseGet(
            () ->
                answer(
                    "malformed",
                    400,
                    ASK_AGAIN,
                    "name the certificate as in RFC 9773 section 4.1\n"));
  }

  private Response of(RenewalId id) {
    Optional<IssuingCa> issuer =
        authority.cas().issuing().stream().filter(one -> id.isOf(one.certificate())).findFirst();
    try {
      return issuer
          .flatMap(
              one -> register.life(id.serial(), one.fingerprints()).map(life -> window(life, one)))
          .orElseGet(
              () -> answer("unknown", 404, ASK_AGAIN, "no certificate that could be renewed\n"));
    } catch (UnavailableException e) {
      return answer("unavailable", 503, ASK_AGAIN_MIN, "the registry does not answer\n");
    } catch (CorruptException e) {
      // The store says so itself, and more often than strangers ask.
      return answer("failed", 500, ASK_AGAIN, "the registry cannot be read\n");
    }
  }

  /**
   * The span in which an agent renews by itself: a twelfth of the life, after two thirds of it;
   * where another CA signs for it by now the week after that one began, if it is earlier, and so
   * with its turn of those that are to have a new key.
   */
  private Response window(Life life, IssuingCa issuer) {
    Duration whole = Duration.between(life.from(), life.until());
    Instant start = life.from().plus(whole.multipliedBy(2).dividedBy(3));
    Instant end = start.plus(whole.dividedBy(12));
    IssuingCa next = authority.cas().active(life.scope());
    Instant followed = next.stage().since();
    if (!next.id().equals(issuer.id()) && followed.isBefore(start)) {
      start = followed;
      end = followed.plus(MOVING_OVER);
    }
    Optional<Instant> turn = life.turn();
    if (turn.isPresent() && turn.get().isBefore(start)) {
      start = turn.get();
      end = start.plus(Rekey.TURN);
    }
    return answer(
        "told",
        200,
        again(whole),
        "{\"suggestedWindow\":{\"start\":\"%s\",\"end\":\"%s\"}}"
            .formatted(seconds(start), seconds(end)));
  }

  /** One that lasts hours would be over before it is asked about again. */
  private static Duration again(Duration life) {
    Duration part = life.dividedBy(24);
    Duration bounded = part.compareTo(ASK_AGAIN) > 0 ? ASK_AGAIN : part;
    return bounded.compareTo(ASK_AGAIN_MIN) < 0 ? ASK_AGAIN_MIN : bounded;
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }

  private Response answer(String outcome, int status, Duration again, String body) {
    counters.count(COUNTER, outcome);
    String type = status == 200 ? "application/json" : "text/plain; charset=utf-8";
    return new Response(
        status,
        Map.of("content-type", type, "retry-after", Long.toString(again.toSeconds())),
        Bytes.utf8(body));
  }
}
