package io.telltale.bench;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Pem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks the server's API as its operator, over one connection that stays open. */
final class ApiClient implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final char[] IN_MEMORY = "in memory only".toCharArray();
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  private final URI server;
  private final HttpClient http;

  ApiClient(URI server, Path operator) throws IOException, GeneralSecurityException {
    this.server = server;
    // The server has a SPIFFE id and no host name; the load generator does not check it.
    System.setProperty("jdk.internal.httpclient.disableHostnameVerification", "true");
    PrivateKey key =
        Pem.decode("PRIVATE KEY", Files.readString(operator.resolve("operator.key.pem")))
            .flatMap(EcdsaP256::privateKey)
            .orElseThrow();
    X509Certificate[] chain =
        Pem.readCertificates(Files.readString(operator.resolve("operator.crt.pem")))
            .orElseThrow()
            .toArray(X509Certificate[]::new);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, IN_MEMORY);
    store.setKeyEntry("operator", key, IN_MEMORY, chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, IN_MEMORY);
    SSLContext tls = SSLContext.getInstance("TLSv1.3");
    tls.init(
        keys.getKeyManagers(),
        InsecureTrustManagerFactory.INSTANCE.getTrustManagers(),
        new SecureRandom());
    this.http =
        HttpClient.newBuilder().sslContext(tls).version(HttpClient.Version.HTTP_1_1).build();
  }

  /** The rows of a query. */
  JsonNode query(String sql) throws IOException, InterruptedException {
    byte[] body = JSON.writeValueAsBytes(Map.of("sql", sql, "purpose", "bench"));
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(server.resolve("/v1/query"))
                .timeout(ANSWER_MAX)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    JsonNode json = JSON.readTree(answer.body());
    if (answer.statusCode() != 200) {
      throw new IOException("the query was answered with " + json);
    }
    return json.get("rows");
  }

  @Override
  public void close() {
    http.close();
  }
}
