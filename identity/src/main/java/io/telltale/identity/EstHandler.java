package io.telltale.identity;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pkcs7;
import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.identity.Enrollment.Outcome;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Enrollment over Secure Transport (RFC 7030, wire rules of RFC 8951): cacerts, csrattrs, crls,
 * simpleenroll with a one-time token, simplereenroll with the current certificate. A refusal is
 * never a 2xx; what it says is a constant. Thread-safe.
 */
public final class EstHandler {
  private static final String PREFIX = "/.well-known/est/";
  // 16 KiB of request in base64 with line ends.
  private static final int BODY_BYTES_MAX = 24 * 1024;
  private static final String COUNTER = "enrollment";

  private final Parts parts;
  private final AttemptLimits<SourceBlock> perSource;
  private final AttemptLimits<Fingerprint> perCredential;
  private final Response csrattrs;

  /**
   * What the handler is made of.
   *
   * @param tenant whose devices this listener enrolls
   */
  public record Parts(
      CertificateAuthority authority,
      Enrollment enrollment,
      Counters counters,
      InstantSource clock,
      TenantId tenant,
      Limits limits) {}

  /**
   * How many failed attempts a minute one source may make, or one credential that TLS has verified:
   * who holds one does not pay for strangers behind the same address. Nothing is counted against
   * the device that was named: anybody can name it, and would keep it from enrolling. A token has
   * 256 bits.
   */
  public record Limits(int perSource) {
    public static final Limits STANDARD = new Limits(60);
  }

  public EstHandler(Parts parts) {
    this.parts = parts;
    perSource = new AttemptLimits<>(parts.limits().perSource(), Duration.ofMinutes(1));
    perCredential = new AttemptLimits<>(parts.limits().perSource(), Duration.ofMinutes(1));
    csrattrs = base64(CsrAttributes.DER.toArray(), "application/csrattrs");
  }

  List<Route<HttpExchange.Handler>> routes() {
    return List.of(
        new Route<>("GET", PREFIX + "cacerts", 0, _ -> cacerts()),
        new Route<>("GET", PREFIX + "csrattrs", 0, _ -> csrattrs),
        new Route<>("GET", PREFIX + "crls", 0, _ -> crls()),
        post("simpleenroll", request -> bySource(request, () -> enroll(request))),
        post("simplereenroll", this::renewal));
  }

  private Route<HttpExchange.Handler> post(String operation, HttpExchange.Handler action) {
    return new Route<>(
        "POST",
        PREFIX + operation,
        BODY_BYTES_MAX,
        request -> isPkcs10(request) ? action.handle(request) : refused(Refusal.CONTENT_TYPE));
  }

  // Made for each: CAs are extended and follow each other while we run.
  private Response cacerts() {
    return base64(
        Pkcs7.certsOnly(parts.authority().published()),
        "application/pkcs7-mime; smime-type=certs-only");
  }

  // RFC 8295 section 4. Those of the roots: few, and what an agent asks of no CRL's place.
  private Response crls() {
    return base64(
        Pkcs7.listsOnly(parts.authority().rootLists()),
        "application/pkcs7-mime; smime-type=certs-only");
  }

  private Response bySource(Request request, Supplier<Response> action) {
    return limited(perSource, SourceBlock.parse(request.source()), action);
  }

  private Response renewal(Request request) {
    if (request.peerChain().isEmpty()) {
      return bySource(request, () -> renew(request));
    }
    var credential = Certificates.fingerprint(request.peerChain().getFirst());
    return limited(perCredential, credential, () -> renew(request));
  }

  private <W> Response limited(AttemptLimits<W> limits, W who, Supplier<Response> action) {
    if (!limits.charge(who, parts.clock().instant())) {
      return refused(Refusal.TOO_MANY);
    }
    Response response = action.get();
    if (response.status() < 300 || response.status() == Refusal.UNAVAILABLE.status()) {
      limits.giveBack(who);
    }
    return response;
  }

  private Response enroll(Request request) {
    Optional<BasicCredentials> shown = BasicCredentials.of(request, parts.tenant());
    if (shown.isEmpty()) {
      return refused(Refusal.NO_CREDENTIALS);
    }
    return answer(
        request,
        body ->
            parts
                .enrollment()
                .enroll(
                    shown.get().device(),
                    shown.get().token(),
                    body,
                    SourceBlock.parse(request.source())));
  }

  private Response renew(Request request) {
    SourceBlock source = SourceBlock.parse(request.source());
    return answer(request, body -> parts.enrollment().renew(request.peerChain(), body, source));
  }

  private interface Decision {
    Outcome decide(byte[] pkcs10);
  }

  private Response answer(Request request, Decision decision) {
    // RFC 8951 section 3.1: base64 whatever Content-Transfer-Encoding says.
    byte[] body =
        Base64Text.parseWrapped(new String(request.body().borrow(), StandardCharsets.ISO_8859_1))
            .orElse(Bytes.EMPTY)
            .borrow();
    try {
      return switch (decision.decide(body)) {
        case Outcome.Enrolled(var leaf) -> {
          parts.counters().count(COUNTER, "issued");
          yield base64(
              Pkcs7.certsOnly(List.of(leaf)), "application/pkcs7-mime; smime-type=certs-only");
        }
        case Outcome.Refused(var why) -> refused(why);
      };
    } catch (UnavailableException e) {
      return refused(Refusal.UNAVAILABLE);
    }
  }

  Response refused(Refusal why) {
    parts.counters().count(COUNTER, why.code());
    Response plain = Response.text(why.status(), why.text());
    return switch (why.status()) {
      case 401 -> with(plain, "www-authenticate", "Basic realm=\"telltale\", charset=\"UTF-8\"");
      case 429, 503 -> with(plain, "retry-after", "60");
      default -> plain;
    };
  }

  private static Response with(Response response, String header, String value) {
    var headers = new java.util.HashMap<>(response.headers());
    headers.put(header, value);
    return new Response(response.status(), headers, response.body());
  }

  private static boolean isPkcs10(Request request) {
    String type = request.header("content-type").orElse("");
    int parameters = type.indexOf(';');
    String media = parameters < 0 ? type : type.substring(0, parameters);
    return media.strip().toLowerCase(Locale.ROOT).equals("application/pkcs10");
  }

  private static Response base64(byte[] der, String contentType) {
    // The header is meaningless in HTTP, but clients written to RFC 7030 look for it.
    return new Response(
        200,
        Map.of("content-type", contentType, "content-transfer-encoding", "base64"),
        Bytes.utf8(Base64Text.of(Bytes.adopt(der))));
  }
}
