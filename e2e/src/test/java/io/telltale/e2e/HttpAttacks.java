package io.telltale.e2e;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Pem;
import io.telltale.fakes.TestCa;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Requests that are none, too large or ambiguous, at the enrollment door and at the API. */
final class HttpAttacks {
  private static final String EST = "telltale_http_est_total{cause=\"%s\"}";
  private static final String REFUSED = "(?s)HTTP/1\\.1 %s .*";
  private static final String POST =
      lines(
          "POST /.well-known/est/simpleenroll HTTP/1.1",
          "Host: x",
          "Content-Type: application/pkcs10");
  private static final String GET = lines("GET /.well-known/est/cacerts HTTP/1.1", "Host: x");

  private final ServerProcess server;

  HttpAttacks(ServerProcess server) {
    this.server = server;
  }

  List<Attack> all() {
    return List.of(
        est("garbage instead of HTTP", "\0\1\2\3garbage\r\n\r\n", "400", "malformed"),
        est("no HTTP version", "GET /\r\n\r\n", "400", "malformed"),
        est(
            "a header of 64 KiB",
            GET + "X: " + "a".repeat(65_536) + "\r\n\r\n",
            "4(00|31)",
            "malformed"),
        est(
            "ten thousand headers",
            GET + "X: a\r\n".repeat(10_000) + "\r\n",
            "4(00|31)",
            "malformed"),
        est(
            "a path of 64 KiB",
            "GET /" + "a".repeat(65_536) + " HTTP/1.1\r\n\r\n",
            "4(00|14)",
            "malformed"),
        est(
            "a body of 2 GB announced",
            POST + lines("Connection: close", "Content-Length: 2000000000", ""),
            "413",
            "too-large"),
        est("a length below zero", POST + "Content-Length: -1\r\n\r\n", "400", "malformed"),
        est(
            "two lengths",
            POST + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "400",
            "malformed"),
        est(
            "a length and chunks",
            POST + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "400",
            "malformed"),
        est(
            "a chunk of no size",
            POST + "Transfer-Encoding: chunked\r\n\r\nzzz\r\n",
            "400",
            "malformed"),
        est(
            "chunks without end",
            POST
                + "Transfer-Encoding: chunked\r\n\r\n"
                + ("8000\r\n" + "a".repeat(0x8000) + "\r\n").repeat(40),
            "413",
            "too-large"),
        est("a second host", GET + "Host: y\r\n\r\n", "400", "malformed"),
        new Attack(
            "garbage behind a good request",
            "(?s)HTTP/1\\.1 200 .*HTTP/1\\.1 400 .* closed",
            EST.formatted("malformed"),
            () -> enrollment(GET + "\r\n\0garbage\r\n\r\n")),
        api("a body that is not JSON", "{\"id\":", "400"),
        api("a body nested too deep", "[".repeat(50_000), "400"),
        api("a body that is another shape", "[1,2,3]", "400"),
        api("a body of a megabyte and more", "a".repeat(1_100_000), "413"));
  }

  /** A head that never ends: the door gives a request 20 s. */
  Attack slowLoris() {
    return new Attack(
        "a request that drips in, one byte a second",
        " ?(closed|reset)",
        EST.formatted("timeout"),
        () -> {
          try (RawPeer peer = RawPeer.tls(server.port("enroll"), Optional.empty())) {
            for (int i = 0; i < 60; i++) {
              peer.send("X");
              Waiting.pass(Duration.ofSeconds(1));
            }
            return "still open";
          } catch (IOException e) {
            return "closed";
          }
        });
  }

  private Attack est(String name, String request, String status, String cause) {
    return new Attack(
        name, REFUSED.formatted(status), EST.formatted(cause), () -> enrollment(request));
  }

  private String enrollment(String request) throws IOException {
    try (RawPeer peer = RawPeer.tls(server.port("enroll"), Optional.empty())) {
      return peer.sendWhatGoes(request.getBytes(StandardCharsets.ISO_8859_1)).seen();
    }
  }

  private Attack api(String name, String body, String status) {
    return new Attack(
        name,
        REFUSED.formatted(status),
        "telltale_http_api_total{cause=\"4xx|too-large\"}",
        () -> {
          String head =
              lines(
                  "POST /v1/devices HTTP/1.1",
                  "Host: x",
                  "Connection: close",
                  "Content-Type: application/json",
                  "Content-Length: " + body.length());
          String request = head + lines("") + body;
          try (RawPeer peer = RawPeer.tls(server.port("api"), Optional.of(operator()))) {
            return peer.sendWhatGoes(request.getBytes(StandardCharsets.ISO_8859_1)).seen();
          }
        });
  }

  private static String lines(String... lines) {
    return String.join("\r\n", lines) + "\r\n";
  }

  private TestCa.Credential operator() throws IOException {
    Path folder = server.data().resolve("operator");
    byte[] key =
        Pem.decode("PRIVATE KEY", Files.readString(folder.resolve("operator.key.pem")))
            .orElseThrow();
    return new TestCa.Credential(
        EcdsaP256.privateKey(SecretBytes.adopt(key)).orElseThrow(),
        Pem.readCertificates(Files.readString(folder.resolve("operator.crt.pem"))).orElseThrow());
  }
}
