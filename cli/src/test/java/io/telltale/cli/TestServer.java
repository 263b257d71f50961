package io.telltale.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.telltale.crypto.x509.Pem;
import io.telltale.fakes.TestCa;
import io.telltale.proof.TrustBundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** A real HTTPS server that asks for a client certificate and answers what a test told it to. */
final class TestServer implements AutoCloseable {
  static final String SERVICE = "spiffe://telltale.local/default/service/authority";
  static final String OPERATOR = "spiffe://telltale.local/default/person/operator";
  private static final char[] PASSWORD = "in memory".toCharArray();

  final TestCa ca;
  private final HttpsServer server;
  private final Map<String, Deque<Reply>> replies = new ConcurrentHashMap<>();
  final List<String> requests = new CopyOnWriteArrayList<>();

  private volatile boolean breaksOff;

  private record Reply(int status, String body) {}

  TestServer(TestCa ca, TestCa.Credential identity) throws IOException, GeneralSecurityException {
    this.ca = ca;
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    SSLContext context = context(ca, identity);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = getSSLContext().getDefaultSSLParameters();
            tls.setNeedClientAuth(true);
            parameters.setSSLParameters(tls);
          }
        });
    server.createContext("/", this::answer);
    server.start();
  }

  /** The authority's own, under a root of its own. */
  static TestServer start() {
    var ca = new TestCa("root");
    try {
      return new TestServer(ca, ca.issue(TestCa.Wish.server(SERVICE)));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SSLContext context(TestCa ca, TestCa.Credential identity)
      throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, PASSWORD);
    keys.setKeyEntry(
        "server", identity.key(), PASSWORD, identity.chain().toArray(Certificate[]::new));
    KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
    keyManagers.init(keys, PASSWORD);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, PASSWORD);
    trusted.setCertificateEntry("root", ca.certificate);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String what = exchange.getRequestMethod() + " " + exchange.getRequestURI();
      byte[] asked = exchange.getRequestBody().readAllBytes();
      requests.add(what + " " + new String(asked, StandardCharsets.UTF_8));
      if (breaksOff) {
        return;
      }
      Deque<Reply> all =
          replies.getOrDefault(
              exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath(),
              queue(404, "{\"error\":{\"code\":\"not-found\",\"message\":\"no " + what + "\"}}"));
      Reply reply = all.size() > 1 ? all.remove() : all.element();
      byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static Deque<Reply> queue(int status, String... bodies) {
    return Arrays.stream(bodies)
        .map(body -> new Reply(status, body))
        .collect(Collectors.toCollection(ConcurrentLinkedDeque::new));
  }

  /**
   * From now on {@code request}, such as {@code GET /v1/status}, is answered so: each time the
   * next, and the last of them again and again.
   */
  void reply(String request, int status, String... bodies) {
    replies.put(request, queue(status, bodies));
  }

  /** After those that it has already, {@code request} is answered so. */
  void thenReply(String request, int status, String... bodies) {
    replies.computeIfAbsent(request, none -> queue(status)).addAll(queue(status, bodies));
  }

  /** From now on each request ends its connection. */
  void breakOff() {
    breaksOff = true;
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Makes {@code folder} the data folder of this server's operator. */
  String dataFolder(Path folder) throws IOException {
    return dataFolder(folder, ca, ca.issue(TestCa.Wish.of(OPERATOR))).toString();
  }

  /** A data folder as a server leaves it for its operator. */
  Path dataFolder(Path folder, TestCa trusted, TestCa.Credential operator) throws IOException {
    Files.createDirectories(folder.resolve("run"));
    Files.createDirectories(folder.resolve("operator"));
    Files.writeString(folder.resolve("run/ports.json"), "{\"api\":" + port() + "}");
    Files.writeString(
        folder.resolve("operator/operator.crt.pem"), Pem.certificates(List.of(operator.leaf())));
    Files.writeString(
        folder.resolve("operator/operator.key.pem"),
        Pem.encode("PRIVATE KEY", operator.key().getEncoded()));
    Files.writeString(
        folder.resolve("operator/trust-bundle.json"),
        new TrustBundle(
                "telltale.local",
                List.of(trusted.certificate),
                List.of(),
                List.of(),
                TrustBundle.FORMATS)
            .toJson()
            .asUtf8());
    return folder;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
