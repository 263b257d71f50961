package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateIssuer.Authority;
import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.Pem;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files to authenticate by that are none, and ports that are not the API's (OP-3). */
class WhomItMeetsTest {
  record Wrong(String option, Bytes content, String told) {
    Wrong(String option, String content, String told) {
      this(option, Bytes.utf8(content), told);
    }
  }

  @TempDir Path folder;
  @AutoClose private final TestServer server = TestServer.start();
  private String data = "";

  @BeforeEach
  void make_the_data_folder() throws IOException {
    data = server.dataFolder(folder);
  }

  private static Stream<Wrong> wrong() {
    var own = new TestCa("root").issue(TestCa.Wish.of(TestServer.OPERATOR));
    String topk8 = "openssl pkcs8 -topk8 -nocrypt -in ";
    return Stream.of(
        new Wrong("--cert", "# Telltale", "holds no certificate in PEM"),
        new Wrong(
            "--cert", Bytes.adopt(own.leaf().getPublicKey().getEncoded()), "no certificate in PEM"),
        new Wrong("--key", "# Telltale", "holds no private key of P-256 in PKCS#8 PEM"),
        new Wrong(
            "--key", Bytes.adopt(own.key().getEncoded()), "no private key of P-256 in PKCS#8 PEM"),
        new Wrong("--key", Pem.encode("EC PRIVATE KEY", new byte[9]), topk8),
        new Wrong("--key", Pem.encode("ENCRYPTED PRIVATE KEY", new byte[9]), topk8),
        new Wrong("--trust", "# Telltale", "is no trust bundle"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void a_file_that_is_not_what_the_option_takes_is_wrong_usage_and_named(Wrong wrong)
      throws IOException {
    Path file = Files.write(folder.resolve("given"), wrong.content().toArray());
    Cli ran = Cli.run("status", "--data", data, wrong.option(), file.toString());
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).startsWith("telltale: " + file).contains(wrong.told());
    assertThat(server.requests).isEmpty();
  }

  @Test
  void a_trust_bundle_of_before_the_server_was_made_anew_is_named() throws IOException {
    Path older =
        server.dataFolder(
            folder.resolve("older"),
            new TestCa("root"),
            server.ca.issue(TestCa.Wish.of(TestServer.OPERATOR)));
    Path bundle = older.resolve("operator/trust-bundle.json");
    Cli ran = Cli.run("status", "--data", data, "--trust", bundle.toString());
    assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(ran.err())
        .contains(bundle.toString(), "before the server was made anew", "trust-bundle.json again");
  }

  // ID-1: whoever has stolen the key of an issuing CA, once its root's list beside the bundle says
  // so.
  @Test
  void a_server_of_an_issuing_ca_that_was_revoked_is_not_believed() throws Exception {
    var root = new TestCa("root");
    var signer = new CertificateIssuer(root.certificate, root.itself().key());
    KeyPair pair = EcdsaP256.generate();
    Instant from = Instant.now().minus(Duration.ofDays(1));
    Instant to = from.plus(Duration.ofDays(30));
    var stolen =
        new TestCa(
            signer.issueAuthority(
                new Authority("issuing", BigInteger.TWO, from, to), pair.getPublic()),
            pair.getPrivate());
    try (var thief = new TestServer(stolen, stolen.issue(TestCa.Wish.server(TestServer.SERVICE)))) {
      thief.reply("GET /v1/status", 200, "{}");
      Path own = folder.resolve("own");
      thief.dataFolder(own, root, stolen.issue(TestCa.Wish.of(TestServer.OPERATOR)));
      assertThat(Cli.run("status", "--json", "--data", own.toString()).exit()).isZero();
      Path lists = own.resolve("operator/root-lists.pem");
      Bytes list =
          signer.crl(BigInteger.ONE, from, to, List.of(new Revoked(BigInteger.TWO, from, 2)));
      Files.writeString(lists, Pem.encode(Pem.LIST, list.toArray()));
      Cli ran = Cli.run("status", "--json", "--data", own.toString());
      assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
      assertThat(ran.err()).contains("issuer revoked");
      Files.writeString(lists, "nothing");
      ran = Cli.run("status", "--json", "--data", own.toString());
      assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
      assertThat(ran.err()).contains("root-lists.pem is no revocation list");
    }
  }

  @Test
  void who_speaks_tls_and_not_http_is_told_without_the_words_of_java() {
    server.breakOff();
    Cli ran = Cli.run("status", "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(ran.err()).contains("closed without one", "says the API's port");
    assertThat(ran.err()).doesNotContain("parser", "EOF");
  }

  @Test
  void who_does_not_speak_tls_is_told_without_the_words_of_java() throws IOException {
    try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String url = "https://127.0.0.1:" + silent.getLocalPort();
      Cli ran = Cli.run("status", "--data", data, "--server", url, "--timeout", "1");
      assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
      assertThat(ran.err())
          .contains("no TLS connection came about in time", "says the API's port")
          .doesNotContain("timed out");
    }
  }
}
