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
import java.util.ArrayList;
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
  private final TrustedRoots roots;
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
    this(server, new TrustedRoots(roots), serverId, clock);
  }

  Enroller(URI server, TrustedRoots roots, String serverId, InstantSource clock) {
    this(server, roots, serverId, Optional.empty(), clock);
  }

  private Enroller(
      URI server, TrustedRoots roots, String serverId, Optional<String> pin, InstantSource clock) {
    if (!"https".equals(server.getScheme())) {
      // A token in clear is anybody's token.
      throw new IllegalStateException("no certificate is asked for but over https: " + server);
    }
    this.server = server;
    this.roots = roots;
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
     * @param trust whom the device is to believe from now on
     */
    record Issued(List<X509Certificate> chain, TrustedRoots trust) implements Enrolled {
      public Issued {
        chain = List.copyOf(chain);
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

  /**
   * What a server says that nobody asked it for.
   *
   * @param renewal when to renew
   * @param trust whom to believe from now on: what came with its roots' lists is left out
   */
  record News(RenewalAdvice renewal, TrustedRoots trust) {}

  /** When the server would have {@code leaf} renewed (RFC 9773), and which CAs have ended. */
  News news(X509Certificate leaf) {
    RenewalAdvice renewal = RenewalAdvice.UNREACHED;
    try (HttpClient http = client(Optional.empty())) {
      Optional<RenewalId> id = RenewalId.of(leaf);
      renewal = id.isPresent() ? advice(http, id.get()) : RenewalAdvice.NONE;
      return new News(renewal, roots.without(lists(http)));
    } catch (IOException e) {
      return new News(renewal, roots);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new News(renewal, roots);
    }
  }

  private RenewalAdvice advice(HttpClient http, RenewalId id)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(server.resolve("/renewal-info/" + id.text()))
            .timeout(ANSWER_MAX)
            .build();
    HttpResponse<String> answer = http.send(request, text());
    return RenewalAdvice.of(
        answer.statusCode(), answer.headers().firstValue("retry-after"), answer.body());
  }

  private HttpClient client(Optional<TlsMaterial> own) {
    return HttpClient.newBuilder().sslContext(tls(own)).connectTimeout(ANSWER_MAX).build();
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
    try (HttpClient http = client(client)) {
      HttpResponse<String> answer = http.send(request.build(), text());
      return answer.statusCode() == 200
          ? issued(http, answer.body(), key, client.map(TlsMaterial::chain).orElse(List.of()))
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

  private Enrolled issued(HttpClient http, String body, KeyPair key, List<X509Certificate> known)
      throws InterruptedException {
    Optional<X509Certificate> leaf =
        certificates(body)
            .map(List::getFirst)
            .filter(found -> found.getPublicKey().equals(key.getPublic()));
    // A certificate for any other key is of no use and a sign of mischief.
    if (leaf.isEmpty()) {
      return new Enrolled.Failed("the answer holds no certificate for our key");
    }
    // RFC 7030 section 4.2.3: the answer is the certificate alone; its issuer is in cacerts.
    // It is ours whatever comes now: who lost it could not renew once more.
    List<X509Certificate> told = new ArrayList<>(authorities(http));
    told.addAll(known);
    return issued(leaf.get(), told, lists(http))
        .<Enrolled>map(outcome -> outcome)
        .orElseGet(() -> new Enrolled.Failed("the certificate does not lead to a trusted root"));
  }

  private List<X509Certificate> authorities(HttpClient http) throws InterruptedException {
    try {
      return certificates(get(http, "/.well-known/est/cacerts")).orElse(List.of());
    } catch (IOException e) {
      return List.of();
    }
  }

  // Of a server that has none, or none that can be read, what is known stays.
  private List<Bytes> lists(HttpClient http) throws InterruptedException {
    try {
      return Base64Text.parseWrapped(get(http, "/.well-known/est/crls"))
          .flatMap(der -> Pkcs7.parseLists(der.borrow()))
          .orElse(List.of());
    } catch (IOException e) {
      return List.of();
    }
  }

  private String get(HttpClient http, String path) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(server.resolve(path)).timeout(ANSWER_MAX).build();
    HttpResponse<String> answer = http.send(request, text());
    return answer.statusCode() == 200 ? answer.body() : "";
  }

  private Optional<Enrolled.Issued> issued(
      X509Certificate leaf, List<X509Certificate> told, List<Bytes> lists) {
    List<X509Certificate> learned = LearnedRoots.of(roots.without(lists), told, startOf(leaf));
    TrustedRoots next = new TrustedRoots(learned).without(roots.lists()).without(lists);
    return chain(leaf, told, next)
        .map(chain -> new Enrolled.Issued(chain, next))
        // What is told last may not be about the CA that signed this.
        .or(
            () -> {
              TrustedRoots known = roots.without(lists);
              return chain(leaf, told, known).map(chain -> new Enrolled.Issued(chain, known));
            });
  }

  private static Optional<List<X509Certificate>> chain(
      X509Certificate leaf, List<X509Certificate> told, TrustedRoots trust) {
    return told.stream()
        .filter(issuer -> CertificateFacts.signedBy(leaf, issuer.getPublicKey()))
        .map(
            issuer -> trust.certificates().contains(issuer) ? List.of(leaf) : List.of(leaf, issuer))
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
