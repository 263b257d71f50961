package io.telltale.cli.api;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.ForeignChainException;
import io.telltale.crypto.x509.NativeTls;
import io.telltale.crypto.x509.OneKey;
import io.telltale.crypto.x509.PeerTrustManager;
import io.telltale.crypto.x509.Pem;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Inert;
import io.telltale.kernel.ShellQuoting;
import io.telltale.kernel.SpiffeId;
import io.telltale.proof.TrustBundle;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The API over mTLS with a person's certificate. The server must show a chain to the trust bundle's
 * roots and be a service of ours.
 */
public final class Connection implements AutoCloseable {
  /** Beside a trust bundle: what its roots say of CAs that have ended. */
  public static final String ROOT_LISTS = "root-lists.pem";

  private static final long ANSWER_BYTES_MAX = 256L * 1024 * 1024;
  private static final int NOT_FOUND = 404;
  private static final int TOO_LARGE = 413;
  // The JDK's client has no class for it, only this text.
  private static final Pattern NO_BYTES = Pattern.compile("received no bytes|EOF reached");
  private static final Duration CONNECT_MAX = Duration.ofSeconds(5);

  private final Material material;
  private final URI server;
  private final HttpClient http;
  private final TrustBundle trust;

  /** Where the server is and with what to authenticate. */
  record Material(URI server, Path certificate, Path key, Path trustBundle, Duration answerMax) {}

  private Connection(Material material, SSLContext tls, TrustBundle trust) {
    this.material = material;
    this.server = material.server();
    this.trust = trust;
    this.http =
        HttpClient.newBuilder()
            .sslContext(tls)
            .sslParameters(new SSLParameters(null, new String[] {"TLSv1.3"}))
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_MAX)
            .build();
  }

  /** A connection, or a sentence that says what is missing. */
  sealed interface Opened {
    record Ready(Connection connection) implements Opened {}

    record Missing(String what) implements Opened {}

    /** A file that is there and is not what it should be. */
    record Wrong(String what) implements Opened {}
  }

  static Opened open(Material material) {
    try {
      Optional<List<X509Certificate>> chain = Pem.readCertificates(text(material.certificate()));
      if (chain.isEmpty()) {
        return new Opened.Wrong(material.certificate() + " holds no certificate in PEM");
      }
      String keyText = text(material.key());
      Optional<PrivateKey> key = Pem.decode("PRIVATE KEY", keyText).flatMap(EcdsaP256::privateKey);
      if (key.isEmpty()) {
        return new Opened.Wrong(noKey(material.key(), keyText));
      }
      // The verifier's own reader: what an auditor would not trust the operator does not, either.
      return switch (TrustBundle.parse(Bytes.adopt(Files.readAllBytes(material.trustBundle())))) {
        case TrustBundle.Parsed.Malformed(String why) ->
            new Opened.Wrong(
                "%s is no trust bundle: %s; copy the server's operator/trust-bundle.json again"
                    .formatted(material.trustBundle(), Inert.text(why)));
        case TrustBundle.Parsed.Ok(TrustBundle bundle) -> {
          Path listsFile = material.trustBundle().resolveSibling(ROOT_LISTS);
          Optional<List<Bytes>> lists =
              Files.exists(listsFile) ? Pem.readLists(text(listsFile)) : Optional.of(List.of());
          if (lists.isEmpty()) {
            yield new Opened.Wrong(
                listsFile + " is no revocation list in PEM; copy the server's operator/ again");
          }
          var trust = new ServiceTrust(bundle, lists.get());
          yield new Opened.Ready(
              new Connection(material, tls(chain.get(), key.get(), trust), bundle));
        }
      };
    } catch (IOException e) {
      return new Opened.Missing(
          "cannot read %s; start the server once with './telltale run', or name --data"
              .formatted(e.getMessage()));
    } catch (GeneralSecurityException e) {
      return new Opened.Missing("the operator's certificate and key do not fit: " + e.getMessage());
    }
  }

  // Whatever bytes it has: what is no PEM, such as DER, is told as that.
  private static String text(Path file) throws IOException {
    return Bytes.adopt(Files.readAllBytes(file)).asUtf8();
  }

  private static String noKey(Path file, String text) {
    boolean other =
        text.contains("-----BEGIN EC PRIVATE KEY-----")
            || text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----");
    return other
        ? ("%s is a key of another form than PKCS#8 in clear; this makes it one:"
                + " openssl pkcs8 -topk8 -nocrypt -in %s -out NEW.pem")
            .formatted(file, ShellQuoting.quoted(file.toString()))
        : file + " holds no private key of P-256 in PKCS#8 PEM";
  }

  private static SSLContext tls(List<X509Certificate> chain, PrivateKey key, ServiceTrust trust)
      throws GeneralSecurityException {
    SSLContext context = NativeTls.context();
    context.init(
        new KeyManager[] {new OneKey(key, chain)}, new TrustManager[] {trust}, new SecureRandom());
    return context;
  }

  @Override
  public void close() {
    // Every answer has come or was given up: nothing to wait for.
    http.shutdownNow();
  }

  /** Whom this connection trusts. */
  public TrustBundle trust() {
    return trust;
  }

  public Patience patience() {
    return new Patience(System::nanoTime, LockSupport::parkNanos, material.answerMax());
  }

  public Answer get(String path) {
    return send(HttpRequest.newBuilder(server.resolve(path)).GET());
  }

  public Answer post(String path, String contentType, Bytes body) {
    return send(
        HttpRequest.newBuilder(server.resolve(path))
            .header("Content-Type", contentType)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.toArray())));
  }

  public Answer post(String path, Object json) {
    return post(path, "application/json", Bytes.adopt(JsonMapper.shared().writeValueAsBytes(json)));
  }

  private Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<byte[]> response =
          http.send(
              request.timeout(material.answerMax()).build(),
              HttpResponse.BodyHandlers.limiting(
                  HttpResponse.BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
      Bytes body = Bytes.adopt(response.body());
      return response.statusCode() < 300
          ? new Answer.Ok(body)
          : refusal(response.statusCode(), body);
    } catch (SSLException e) {
      if (ForeignChainException.isCauseOf(e)) {
        return new Answer.Unreachable(
            ("the certificate of who answers at %s is not trusted: no root of %s signed it. That"
                    + " trust bundle may be of before the server was made anew, or of another one:"
                    + " copy its operator/trust-bundle.json again. Or the port is not the API's:"
                    + " './telltale run' says which it is")
                .formatted(server, material.trustBundle()));
      }
      return new Answer.Unreachable(
          ("who answers at %s is not the API of this server, or does not let you in (%s): is the"
                  + " port right? './telltale run' says which it is")
              .formatted(server, reason(e)));
    } catch (IOException e) {
      if (isUnresolved(e)) {
        return new Answer.Unreachable(
            "there is no such host as %s: check --server".formatted(server.getHost()));
      }
      return new Answer.Unreachable(
          "no answer from %s (%s); start it with './telltale run', which says the API's port"
              .formatted(server, reason(e)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Unreachable("interrupted");
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case ConnectException _ when e.getMessage() == null -> "nothing listens there";
      case HttpConnectTimeoutException _ -> "no TLS connection came about in time";
      case HttpTimeoutException _ -> "it took too long: a larger --timeout waits longer";
      default ->
          e.getMessage() == null || NO_BYTES.matcher(e.getMessage()).find()
              ? "the connection was closed without one"
              : e.getMessage();
    };
  }

  private static boolean isUnresolved(Throwable failure) {
    return failure instanceof UnresolvedAddressException
        || (failure.getCause() != null && isUnresolved(failure.getCause()));
  }

  private Answer refusal(int status, Bytes body) {
    try {
      JsonNode error = JsonMapper.shared().readTree(body.borrow()).path("error");
      return new Answer.Refused(
          status,
          error.path("code").asString("http-" + status),
          error.path("message").asString(""),
          error.path("line").asLong(0));
    } catch (JacksonException e) {
      if (status == NOT_FOUND) {
        return new Answer.Unreachable(
            ("who answers at %s is not the API, and may be where devices enroll: --server takes"
                    + " the API's port, 8444 unless set otherwise; './telltale run' says which"
                    + " it is")
                .formatted(server));
      }
      // What the listener refuses before the API sees it is a sentence.
      String code = status == TOO_LARGE ? "too-large" : "http-" + status;
      return new Answer.Refused(status, code, body.asUtf8().strip());
    }
  }

  /** Believes services of ours, whatever host name they answer under. */
  private static final class ServiceTrust extends PeerTrustManager {
    private final TrustedRoots roots;
    private final String trustDomain;

    ServiceTrust(TrustBundle bundle, List<Bytes> lists) {
      super(Usage.SERVER);
      this.roots = new TrustedRoots(bundle.caRoots()).without(lists);
      this.trustDomain = bundle.trustDomain();
    }

    @Override
    protected void check(List<X509Certificate> chain) throws CertificateException {
      TrustedRoots.Verdict verdict = roots.check(chain, Usage.SERVER, Instant.now());
      if (verdict instanceof TrustedRoots.Verdict.Untrusted(var why) && why.isForeign()) {
        throw new ForeignChainException("no root of the trust bundle signed the certificate");
      }
      if (!(verdict instanceof TrustedRoots.Verdict.Trusted trusted)) {
        String why =
            verdict instanceof TrustedRoots.Verdict.Untrusted untrusted
                ? untrusted.why().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                : "";
        throw new CertificateException("the server's certificate is not trusted: " + why);
      }
      boolean service =
          trusted.facts().names().stream()
              .filter(name -> name.kind() == SubjectName.Kind.URI)
              .map(name -> SpiffeId.parse(name.value()))
              .flatMap(Optional::stream)
              .anyMatch(this::isOurs);
      if (!service) {
        throw new CertificateException("whoever answers is not one of our services");
      }
    }

    private boolean isOurs(SpiffeId id) {
      return id.kind() == SpiffeId.Kind.SERVICE && id.trustDomain().equals(trustDomain);
    }
  }
}
