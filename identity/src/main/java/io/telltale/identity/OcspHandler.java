package io.telltale.identity;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.OcspRequest;
import io.telltale.crypto.x509.OcspRequest.Asked;
import io.telltale.crypto.x509.OcspResponder;
import io.telltale.crypto.x509.OcspResponder.Answer;
import io.telltale.crypto.x509.OcspResponder.Failure;
import io.telltale.crypto.x509.OcspResponder.Status;
import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.identity.CredentialRegister.CredentialStatus;
import io.telltale.identity.CredentialRegister.RevokedCertificate;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Counters;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.UnavailableException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Answers what a certificate of one of our issuing CAs is worth (OCSP, RFC 6960; by GET and POST as
 * in its appendix A). The registry is asked each time, so that an answer is as new as the last
 * revocation. Thread-safe.
 */
public final class OcspHandler {

  static final String PATH = "/ocsp";

  /** How long an answer may be believed: as long as a revocation may go unnoticed elsewhere. */
  public static final Duration LIFE = Duration.ofHours(1);

  private static final int REQUEST_BYTES_MAX = 4 * 1024;
  // Whoever asks is a stranger, and each answer costs a read and a signature.
  private static final int ASKED_A_MINUTE_MAX = 6_000;
  private static final String COUNTER = "ocsp";
  private static final String REQUEST_TYPE = "application/ocsp-request";

  private final Parts parts;
  private final AttemptLimits<SourceBlock> perSource =
      new AttemptLimits<>(ASKED_A_MINUTE_MAX, Duration.ofMinutes(1));
  private final Map<String, Signer> signers = new ConcurrentHashMap<>();

  /**
   * What the handler is made of.
   *
   * @param signers who signs the answers
   */
  public record Parts(
      CertificateAuthority authority,
      CredentialRegister register,
      OcspSigners signers,
      Counters counters,
      InstantSource clock) {}

  private record Signer(ServiceIdentity identity, OcspResponder responder) {
    static Signer of(ServiceIdentity identity) {
      return new Signer(identity, new OcspResponder(identity.chain().getFirst(), identity.key()));
    }
  }

  public OcspHandler(Parts parts) {
    this.parts = parts;
  }

  private Signer signer(String ca) {
    ServiceIdentity current = parts.signers().of(ca).current();
    Signer known = signers.get(ca);
    if (known != null && known.identity() == current) {
      return known;
    }
    Signer made = Signer.of(current);
    signers.put(ca, made);
    return made;
  }

  /**
   * The answer about {@code certificate}, which {@code issuer} signed, without anybody asking: to
   * be stapled to its handshakes (RFC 8446 section 4.4.2.1). Empty for one that is not ours. Throws
   * {@link UnavailableException} when the registry cannot be asked.
   */
  public Optional<Bytes> staple(X509Certificate certificate, X509Certificate issuer) {
    Asked asked = Asked.of(certificate, issuer);
    return parts
        .authority()
        .cas()
        .find(Certificates.fingerprint(issuer))
        .map(
            ca -> {
              Instant now = now();
              Status status = status(parts.register().status(asked.serial(), ca.fingerprints()));
              var answer = new Answer(asked, status, now, now.plus(LIFE));
              return signer(ca.id()).responder().answer(List.of(answer), now, Optional.empty());
            });
  }

  List<Route<HttpExchange.Handler>> routes() {
    return List.of(new Route<>("POST", PATH, REQUEST_BYTES_MAX, this::post));
  }

  private Response post(Request request) {
    String type = request.header("content-type").orElse("").split(";", 2)[0].strip();
    if (!type.toLowerCase(Locale.ROOT).equals(REQUEST_TYPE)) {
      return Response.text(415, "send content-type " + REQUEST_TYPE);
    }
    return limited(request, () -> answer(request.body().toArray()));
  }

  /** A request in the path: base64 of DER, percent-encoding taken off (RFC 6960 appendix A.1). */
  Response get(Request request) {
    // Of a place that ends with a slash two come here; no request begins with one.
    String encoded = request.path().substring(PATH.length()).replaceFirst("^/+", "");
    return limited(request, () -> answer(decoded(encoded)));
  }

  private Response limited(Request request, Supplier<Response> answer) {
    if (!perSource.charge(SourceBlock.parse(request.source()), parts.clock().instant())) {
      parts.counters().count(COUNTER, "too-many");
      return new Response(
          Refusal.TOO_MANY.status(),
          Map.of("content-type", "text/plain; charset=utf-8", "retry-after", "60"),
          Bytes.utf8(Refusal.TOO_MANY.text() + "\n"));
    }
    return answer.get();
  }

  private static byte[] decoded(String encoded) {
    return encoded.length() > REQUEST_BYTES_MAX
        ? new byte[0]
        : Base64Text.parseWrapped(encoded).orElse(Bytes.EMPTY).toArray();
  }

  private Response answer(byte[] der) {
    Optional<OcspRequest> read = OcspRequest.parse(der);
    if (read.isEmpty()) {
      return failed(Failure.MALFORMED_REQUEST);
    }
    OcspRequest request = read.get();
    // Nobody answers for certificates of others, nor in the name of a CA that is over.
    Optional<IssuingCa> ca =
        parts.authority().cas().issuing().stream()
            .filter(one -> request.asked().stream().allMatch(it -> it.isOf(one.certificate())))
            .filter(one -> now().isBefore(one.certificate().getNotAfter().toInstant()))
            .findFirst();
    if (ca.isEmpty()) {
      return failed(Failure.UNAUTHORIZED);
    }
    try {
      return signed(request, ca.get());
    } catch (UnavailableException e) {
      return failed(Failure.TRY_LATER);
    } catch (CorruptException e) {
      // The store says so itself, and more often than strangers ask.
      return failed(Failure.INTERNAL_ERROR);
    }
  }

  private Instant now() {
    return parts.clock().instant().truncatedTo(ChronoUnit.SECONDS);
  }

  private Response signed(OcspRequest request, IssuingCa ca) {
    Set<Fingerprint> names = ca.fingerprints();
    Instant now = now();
    var answers = new ArrayList<Answer>();
    for (Asked one : request.asked()) {
      Status status = status(parts.register().status(one.serial(), names));
      parts.counters().count(COUNTER, word(status));
      answers.add(new Answer(one, status, now, now.plus(LIFE)));
    }
    Bytes der = signer(ca.id()).responder().answer(answers, now, request.nonce());
    return response(
        der,
        // Of a nonce the answer is for the asker alone.
        request.nonce().isPresent() ? "no-store" : "max-age=60, public, no-transform");
  }

  private static Status status(CredentialStatus status) {
    return switch (status) {
      case CredentialStatus.Good _ -> new Status.Good();
      case CredentialStatus.Unknown _ -> new Status.Unknown();
      case CredentialStatus.Revoked(RevokedCertificate(var _, Instant when, int reason)) ->
          new Status.Revoked(when, reason);
    };
  }

  private static String word(Status status) {
    return switch (status) {
      case Status.Good _ -> "good";
      case Status.Revoked _ -> "revoked";
      case Status.Unknown _ -> "unknown";
    };
  }

  // RFC 6960 appendix A.2: an answer of OCSP's, so HTTP's status is 200.
  private Response failed(Failure why) {
    parts.counters().count(COUNTER, why.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    return response(OcspResponder.failed(why), "no-store");
  }

  private static Response response(Bytes der, String caching) {
    return new Response(
        200, Map.of("content-type", "application/ocsp-response", "cache-control", caching), der);
  }
}
