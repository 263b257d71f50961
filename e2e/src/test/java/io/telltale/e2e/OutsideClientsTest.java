package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Pem;
import io.telltale.testkit.Openssl;
import io.telltale.testkit.Peers;
import io.telltale.testkit.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that we did not write, against a running server (ID-5, IN-2, LC-5). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OutsideClientsTest {
  private Path folder;
  private ServerProcess server;

  @SuppressWarnings("NullAway.Init") // set in startServer
  OutsideClientsTest() {}

  @BeforeAll
  void startServer(@TempDir Path fresh) throws IOException, InterruptedException {
    folder = fresh;
    server = ServerProcess.start(folder.resolve("data"));
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @Test
  void mosquitto_pub_publishes_with_its_certificate_over_mqtt_5() throws Exception {
    Path mosquitto = Peers.require("mosquitto_pub");
    TestDevice device = TestDevice.enroll(server, "mosquitto-1");
    device.writePem(folder.resolve("mosquitto"));
    Ran good = mosquittoPub(mosquitto, device.topic(), 1);
    assertThat(good.exitCode()).as(good.output()).isZero();
    assertThat(good.output()).contains("PUBACK").contains("RC:0");
    Ran wrongTopic = mosquittoPub(mosquitto, "t/default/d/somebody-else/telemetry", 2);
    assertThat(wrongTopic.output()).contains("PUBACK").doesNotContain("RC:0)");
    // Firm ground 33: the operator hears of it.
    var shown = server.json("device", "show", device.name());
    assertThat(shown.path("refusals").get(0).path("why").asString()).isEqualTo("topic-not-allowed");
    assertThat(server.run("device", "show", device.name()).out()).contains("topic-not-allowed");
  }

  // Firm ground 34: under the factory policy, whose schema asks for sent.
  @Test
  void mosquitto_pub_gives_seq_and_sent_as_user_properties() throws Exception {
    Path mosquitto = Peers.require("mosquitto_pub");
    TestDevice device = TestDevice.enroll(server, "mosquitto-2");
    device.writePem(folder.resolve("mosquitto"));
    String now = Long.toString(System.currentTimeMillis());
    String payload = "{\"time\":%s,\"values\":{\"temperature\":61.5}}".formatted(now);
    Ran good =
        mosquittoPub(
            mosquitto,
            device.topic(),
            payload,
            "-D",
            "publish",
            "user-property",
            "seq",
            "7",
            "-D",
            "publish",
            "user-property",
            "sent",
            now);
    assertThat(good.output()).contains("PUBACK").contains("RC:0");
    LakeCheck.holdsOnce(server, Map.of(device.name(), Set.of(7L)));
  }

  // DESIGN 13.8: so does nearly all firmware, and the door took none of it.
  @ParameterizedTest
  @CsvSource({"5, --will-qos 1", "311, --will-qos 1 --will-retain -r", "311, --will-qos 2"})
  void mosquitto_pub_may_leave_a_will(String version, String how) throws Exception {
    Path mosquitto = Peers.require("mosquitto_pub");
    TestDevice device = TestDevice.enroll(server, "will-" + version + how.length());
    device.writePem(folder.resolve("mosquitto"));
    var options = new ArrayList<>(List.of("-V", version, "--will-topic", device.topic()));
    options.addAll(List.of("--will-payload", "gone"));
    options.addAll(List.of(how.split(" ")));
    String payload = TestDevice.payload(1, 61.5).asUtf8();
    Ran sent = mosquittoPub(mosquitto, device.topic(), payload, options.toArray(String[]::new));
    assertThat(sent.exitCode()).as(sent.output()).isZero();
    LakeCheck.holdsOnce(server, Map.of(device.name(), Set.of(1L)));
  }

  private Ran mosquittoPub(Path program, String topic, long sequence) throws Exception {
    return mosquittoPub(program, topic, TestDevice.payload(sequence, 61.5).asUtf8());
  }

  private Ran mosquittoPub(Path program, String topic, String payload, String... more)
      throws Exception {
    Path pem = folder.resolve("mosquitto");
    var command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "-d",
                "-V",
                "5",
                "-q",
                "1",
                "-h",
                "localhost",
                "-p",
                Integer.toString(server.port("mqtt")),
                "--cafile",
                pem.resolve("ca.crt").toString(),
                "--cert",
                pem.resolve("device.crt").toString(),
                "--key",
                pem.resolve("device.key").toString(),
                "-t",
                topic,
                "-m",
                payload));
    command.addAll(List.of(more));
    return Ran.of(command);
  }

  @Test
  void curl_enrolls_by_est_with_a_token_once() throws Exception {
    Path curl = Peers.require("curl");
    Openssl openssl = Openssl.require();
    Path desk = Files.createDirectories(folder.resolve("curl"));
    String token = token("curl-1");
    openssl.request("curl-1", desk.resolve("key.pem"), desk.resolve("csr.der"));
    openssl.run(
        "base64",
        "-in",
        desk.resolve("csr.der").toString(),
        "-out",
        desk.resolve("csr.b64").toString());
    writeCa(desk);
    Ran first = simpleEnroll(curl, desk, "curl-1:" + token);
    assertThat(first.output()).as(first.output()).contains("200");
    Ran again = simpleEnroll(curl, desk, "curl-1:" + token);
    assertThat(again.output()).doesNotContain("200");
  }

  private Ran simpleEnroll(Path curl, Path desk, String user) throws Exception {
    Files.writeString(desk.resolve("curlrc"), "user = \"" + user + "\"\n");
    return Ran.of(
        curl.toString(),
        "-sS",
        "-K",
        desk.resolve("curlrc").toString(),
        "--cacert",
        desk.resolve("ca.crt").toString(),
        "-H",
        "Content-Type: application/pkcs10",
        "--data-binary",
        "@" + desk.resolve("csr.b64"),
        "-o",
        desk.resolve("out.p7").toString(),
        "-w",
        "%{http_code}",
        "https://localhost:" + server.port("enroll") + "/.well-known/est/simpleenroll");
  }

  @Test
  void strongswan_enrolls_by_est() throws Exception {
    Path pki = Peers.require("pki", "--help", "--est", "curl", "openssl", "pem");
    Openssl openssl = Openssl.require();
    Path desk = Files.createDirectories(folder.resolve("strongswan"));
    writeCa(desk);
    TestDevice other = TestDevice.enroll(server, "swan-0");
    Files.writeString(
        desk.resolve("issuing.crt"), Pem.certificates(List.of(other.material().chain().get(1))));
    openssl.request("swan-1", desk.resolve("key.pem"), desk.resolve("csr.der"));
    Ran enrolled =
        Ran.of(
            pki.toString(),
            "--est",
            "--url",
            "https://localhost:" + server.port("enroll"),
            "--in",
            desk.resolve("csr.der").toString(),
            "--cacert",
            desk.resolve("ca.crt").toString(),
            "--cacert",
            desk.resolve("issuing.crt").toString(),
            "--userpass",
            "swan-1:" + token("swan-1"),
            "--outform",
            "pem");
    assertThat(enrolled.output()).contains("BEGIN CERTIFICATE");
  }

  @Test
  void openssl_reads_the_revocation_list_and_finds_the_revoked() throws Exception {
    Openssl openssl = Openssl.require();
    Path curl = Peers.require("curl");
    Path desk = Files.createDirectories(folder.resolve("crl"));
    TestDevice device = TestDevice.enroll(server, "revoked-1");
    device.writePem(desk);
    assertThat(server.run("device", "revoke", "revoked-1", "--reason", "stolen").exitCode())
        .isZero();
    Ran.of(
        curl.toString(),
        "-sS",
        "--cacert",
        desk.resolve("ca.crt").toString(),
        "-o",
        desk.resolve("issuing.crl").toString(),
        "https://localhost:" + server.port("enroll") + "/crl/issuing.crl");
    Ran text =
        openssl.run(
            "crl",
            "-inform",
            "DER",
            "-in",
            desk.resolve("issuing.crl").toString(),
            "-noout",
            "-text");
    String serial =
        device
            .material()
            .chain()
            .getFirst()
            .getSerialNumber()
            .toString(16)
            .toUpperCase(Locale.ROOT);
    assertThat(text.output()).contains(serial);
  }

  // LC-5
  @Test
  void openssl_and_gnutls_ask_what_a_certificate_is_worth() throws Exception {
    Openssl openssl = Openssl.require();
    Path ocsptool = Peers.require("ocsptool");
    Path curl = Peers.require("curl");
    Path desk = Files.createDirectories(folder.resolve("ocsp"));
    TestDevice device = TestDevice.enroll(server, "ocsp-1");
    List<X509Certificate> chain = device.material().chain();
    Files.writeString(desk.resolve("leaf.crt"), Pem.certificates(chain.subList(0, 1)));
    Files.writeString(desk.resolve("issuing.crt"), Pem.certificates(chain.subList(1, 2)));
    var anchors = new ArrayList<>(device.material().roots());
    anchors.add(chain.get(1));
    Files.writeString(desk.resolve("anchors.crt"), Pem.certificates(anchors));

    assertThat(byOpenssl(openssl, desk)).contains("Response verify OK", "leaf.crt: good");
    assertThat(byGnutls(ocsptool, curl, desk))
        .contains("Certificate Status: good", "Verifying OCSP Response: Success");
    assertThat(server.run("device", "revoke", "ocsp-1", "--reason", "stolen").exitCode()).isZero();
    assertThat(byOpenssl(openssl, desk))
        .contains("Response verify OK", "leaf.crt: revoked", "Reason: keyCompromise");
    assertThat(byGnutls(ocsptool, curl, desk))
        .contains("Certificate Status: revoked", "Verifying OCSP Response: Success");
  }

  private String byOpenssl(Openssl openssl, Path desk) throws Exception {
    return openssl
        .run(
            "ocsp",
            "-issuer",
            desk.resolve("issuing.crt").toString(),
            "-cert",
            desk.resolve("leaf.crt").toString(),
            "-CAfile",
            desk.resolve("anchors.crt").toString(),
            "-url",
            ocsp())
        .output();
  }

  // It speaks plain HTTP only: curl carries what it asks.
  // LC-5: who asks in its handshake need ask nobody else.
  @ParameterizedTest
  @ValueSource(strings = {"mqtt", "enroll", "api"})
  void each_door_staples_what_its_certificate_is_worth(String door) throws Exception {
    Openssl openssl = Openssl.require();
    Path root = folder.resolve("stapling-root.pem");
    Files.writeString(root, Pem.certificates(TestDevice.roots(server)));
    for (String version : List.of("-tls1_3", "-tls1_2")) {
      Ran asked =
          openssl.run(
              "s_client",
              "-connect",
              "127.0.0.1:" + server.port(door),
              "-CAfile",
              root.toString(),
              "-status",
              version);
      assertThat(asked.output())
          .as(door + version)
          .contains("OCSP Response Status: successful (0x0)", "Cert Status: good")
          .doesNotContain("Nonce");
    }
    Ran unasked =
        openssl.run(
            "s_client", "-connect", "127.0.0.1:" + server.port(door), "-CAfile", root.toString());
    assertThat(unasked.output()).doesNotContain("OCSP Response Status");
  }

  // It checks the response's signature, times and serial number, and says nothing where it fits.
  @Test
  void gnutls_takes_what_is_stapled() throws Exception {
    Path client = Peers.require("gnutls-cli");
    Path root = folder.resolve("stapling-root.pem");
    Files.writeString(root, Pem.certificates(TestDevice.roots(server)));
    Ran asked =
        Ran.of(
            client.toString(),
            "--x509cafile=" + root,
            "--priority=NORMAL",
            "--ocsp",
            "-p",
            Integer.toString(server.port("enroll")),
            "localhost");
    assertThat(asked.output())
        .contains("Options: OCSP status request", "Status: The certificate is trusted");
  }

  private String byGnutls(Path ocsptool, Path curl, Path desk) throws Exception {
    Path request = desk.resolve("request.der");
    Path response = desk.resolve("response.der");
    String tool = ocsptool.toString();
    Ran asked =
        Ran.of(
            tool,
            "--generate-request",
            "--load-issuer=" + desk.resolve("issuing.crt"),
            "--load-cert=" + desk.resolve("leaf.crt"),
            "--outfile=" + request);
    assertThat(asked.exitCode()).as(asked.output()).isZero();
    Ran carried =
        Ran.of(
            curl.toString(),
            "-sS",
            "--fail",
            "--cacert",
            desk.resolve("anchors.crt").toString(),
            "-H",
            "content-type: application/ocsp-request",
            "--data-binary",
            "@" + request,
            "-o",
            response.toString(),
            ocsp());
    assertThat(carried.exitCode()).as(carried.output()).isZero();
    Ran read = Ran.of(tool, "--response-info", "--infile=" + response);
    Ran verified =
        Ran.of(
            tool,
            "--verify-response",
            "--load-trust=" + desk.resolve("anchors.crt"),
            "--infile=" + response);
    return read.output() + verified.output();
  }

  private String ocsp() {
    return "https://localhost:" + server.port("enroll") + "/ocsp";
  }

  private String token(String device) throws IOException {
    TestDevice.register(server, device, "line-1");
    return TestToken.create(server, device, folder).text();
  }

  private void writeCa(Path desk) throws IOException {
    Files.writeString(desk.resolve("ca.crt"), Pem.certificates(TestDevice.roots(server)));
  }
}
