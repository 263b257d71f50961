package io.telltale.device;

import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.ForeignChainException;
import io.telltale.crypto.x509.OneKey;
import io.telltale.crypto.x509.Pkcs7;
import io.telltale.crypto.x509.RenewalId;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Gets certificates by EST (RFC 7030) over TLS 1.3 from a server that it checks. */
public final class Enroller {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(20);

  private static final int ANSWER_BYTES_MAX = 256 * 1024;

  private final URI server;
  private final List<X509Certificate> roots;
  private final String serverId;
  private final Optional<String> pin;
  private final InstantSource clock;

  /**
   * @param server {@code https://host:port}
   * @param roots what the server's chain must lead to
   * @param serverId the SPIFFE id that its certificate must carry
   * @param clock by which that certificate must be valid
   */
  public Enroller(URI server, List<X509Certificate> roots, String serverId, InstantSource clock) {
    this(server, roots, serverId, Optional.empty(), clock);
  }

  private Enroller(
      URI server,
      List<X509Certificate> roots,
      String serverId,
      Optional<String> pin,
      InstantSource clock) {
    if (!"https".equals(server.getScheme())) {
      // A token in clear is anybody's token.
      throw new IllegalStateException("no certificate is asked for but over https: " + server);
    }
    this.server = server;
    this.roots = List.copyOf(roots);
    this.serverId = serverId;
    this.pin = pin;
    this.clock = clock;
  }

  /** The same, and the server's chain must hold the public key of {@code pin}, too. */
  public Enroller pinned(String pin) {
    return new Enroller(server, roots, serverId, Optional.of(pin), clock);
  }

  /** What came of asking for a certificate. */
  public sealed interface Enrolled {
    /**
     * The device's certificate, then the CA that issued it.
     *
     * @param roots what the device is to trust from now on
     */
    record Issued(List<X509Certificate> chain, List<X509Certificate> roots) implements Enrolled {
      public Issued {
        chain = List.copyOf(chain);
        roots = List.copyOf(roots);
      }
    }

    /** The server said no; {@code status} is HTTP's. */
    record Refused(int status, String reason) implements Enrolled {}

    /** No answer, or not one that fits: try again later. */
    record Failed(String why) implements Enrolled {}
  }

  /** {@code simpleenroll} with a one-time token (RFC 7030 section 4.2.1). */
  public Enrolled enroll(String deviceName, String token, KeyPair key) {
    String basic = Base64Text.of(Bytes.utf8(deviceName + ":" + token));
    return request(
        "simpleenroll", deviceName, key, Optional.of("Basic " + basic), Optional.empty());
  }

  /** {@code simplereenroll} with the current certificate (RFC 7030 section 4.2.2). */
  public Enrolled renew(String deviceName, TlsMaterial current, KeyPair next) {
    return request("simplereenroll", deviceName, next, Optional.empty(), Optional.of(current));
  }

  /** When the server would have {@code leaf} renewed (RFC 9773); no answer is no advice. */
  RenewalAdvice whenToRenew(X509Certificate leaf) {
    return RenewalId.of(leaf).map(this::advice).orElse(RenewalAdvice.NONE);
  }

  private RenewalAdvice advice(RenewalId id) {
    var request =
        HttpRequest.newBuilder(server.resolve("/renewal-info/" + id.text()))
            .timeout(ANSWER_MAX)
            .build();
    try (HttpClient http =
        HttpClient.newBuilder()
            .sslContext(tls(Optional.empty()))
            .connectTimeout(ANSWER_MAX)
            .build()) {
      HttpResponse<String> answer = http.send(request, text());
      return RenewalAdvice.of(
          answer.statusCode(), answer.headers().firstValue("retry-after"), answer.body());
    } catch (IOException e) {
      return RenewalAdvice.NONE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return RenewalAdvice.NONE;
    }
  }

  private Enrolled request(
      String operation,
      String deviceName,
      KeyPair key,
      Optional<String> authorization,
      Optional<TlsMaterial> client) {
    var request =
        HttpRequest.newBuilder(server.resolve("/.well-known/est/" + operation))
            .timeout(ANSWER_MAX)
            .header("Content-Type", "application/pkcs10")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Base64Text.of(Bytes.adopt(csr(deviceName, key)))));
    authorization.ifPresent(value -> request.header("Authorization", value));
    try (HttpClient http =
        HttpClient.newBuilder().sslContext(tls(client)).connectTimeout(ANSWER_MAX).build()) {
      HttpResponse<String> answer = http.send(request.build(), text());
      return answer.statusCode() == 200
          ? issued(http, answer.body(), key)
          : new Enrolled.Refused(answer.statusCode(), answer.body().strip());
    } catch (IOException e) {
      return new Enrolled.Failed(failure(e, authorization.isPresent()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Enrolled.Failed("interrupted");
    }
  }

  private String failure(IOException e, boolean byToken) {
    String reason = reason(e);
    if (!ForeignChainException.isCauseOf(e)) {
      return "no answer from %s, see that it runs and can be reached from here: %s"
          .formatted(server, reason);
    }
    return byToken
        ? ("%s answers, and its certificate is not signed by the roots that the token file names:"
                + " the token is of before that server was made anew, or another server's. Ask its"
                + " operator for a new one")
            .formatted(server)
        : "%s answers: %s".formatted(server, reason);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case ConnectException _ when isUnresolved(e) -> "there is no such host";
      case ConnectException _ -> "nothing listens there";
      case HttpTimeoutException _ -> "it took too long";
      default -> TlsAlerts.describe(e);
    };
  }

  private static boolean isUnresolved(Throwable failure) {
    return failure instanceof UnresolvedAddressException
        || (failure.getCause() != null && isUnresolved(failure.getCause()));
  }

  private Enrolled issued(HttpClient http, String body, KeyPair key)
      throws IOException, InterruptedException {
    Optional<X509Certificate> leaf =
        certificates(body)
            .map(List::getFirst)
            .filter(found -> found.getPublicKey().equals(key.getPublic()));
    // A certificate for any other key is of no use and a sign of mischief.
    if (leaf.isEmpty()) {
      return new Enrolled.Failed("the answer holds no certificate for our key");
    }
    // RFC 7030 section 4.2.3: the answer is the certificate alone; its issuer is in cacerts.
    HttpResponse<String> authorities =
        http.send(
            HttpRequest.newBuilder(server.resolve("/.well-known/est/cacerts"))
                .timeout(ANSWER_MAX)
                .build(),
            text());
    return certificates(authorities.body())
        .flatMap(found -> issued(leaf.get(), found))
        .<Enrolled>map(outcome -> outcome)
        .orElseGet(() -> new Enrolled.Failed("the certificate does not lead to a trusted root"));
  }

  private Optional<Enrolled.Issued> issued(X509Certificate leaf, List<X509Certificate> told) {
    List<X509Certificate> next = LearnedRoots.of(roots, told);
    return chain(leaf, told, next)
        .map(chain -> new Enrolled.Issued(chain, next))
        // What is told last may not be about the CA that signed this.
        .or(() -> chain(leaf, told, roots).map(chain -> new Enrolled.Issued(chain, roots)));
  }

  private static Optional<List<X509Certificate>> chain(
      X509Certificate leaf, List<X509Certificate> told, List<X509Certificate> trusted) {
    var trust = new TrustedRoots(trusted);
    return told.stream()
        .filter(issuer -> CertificateFacts.signedBy(leaf, issuer.getPublicKey()))
        .map(issuer -> trusted.contains(issuer) ? List.of(leaf) : List.of(leaf, issuer))
        .filter(chain -> isTrusted(trust.check(chain, Usage.CLIENT, startOf(leaf))))
        .findFirst();
  }

  // The device's own clock may be wrong before it was ever online.
  private static Instant startOf(X509Certificate leaf) {
    return leaf.getNotBefore().toInstant();
  }

  private static boolean isTrusted(TrustedRoots.Verdict verdict) {
    return verdict instanceof TrustedRoots.Verdict.Trusted;
  }

  private static Optional<List<X509Certificate>> certificates(String body) {
    return Base64Text.parseWrapped(body)
        .flatMap(der -> Pkcs7.parse(der.borrow()))
        .filter(found -> !found.isEmpty());
  }

  private static HttpResponse.BodyHandler<String> text() {
    return HttpResponse.BodyHandlers.limiting(
        HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8), ANSWER_BYTES_MAX);
  }

  private static byte[] csr(String deviceName, KeyPair key) {
    try {
      return new JcaPKCS10CertificationRequestBuilder(
              new X500Name("CN=" + deviceName), key.getPublic())
          .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
          .getEncoded();
    } catch (OperatorCreationException | IOException e) {
      throw new IllegalStateException("a request over our own key", e);
    }
  }

  private SSLContext tls(Optional<TlsMaterial> client) {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(
          client.map(own -> new KeyManager[] {new OneKey(own.key(), own.chain())}).orElse(null),
          new TrustManager[] {new ServerTrust(roots, serverId, pin, clock)},
          new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has TLS 1.3", e);
    }
  }
}
