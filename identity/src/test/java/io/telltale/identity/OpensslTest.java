package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pem;
import io.telltale.http.HttpExchange.Response;
import io.telltale.testkit.Openssl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What openssl, which we did not write, thinks of our certificates, CRLs and requests. */
class OpensslTest {
  @TempDir Path folder;
  private House house;
  private Openssl openssl;

  @BeforeEach
  void open() {
    openssl = Openssl.require();
    house = new House(folder.resolve("ca"));
    house.register.addToken(
        House.MACHINE, House.TOKEN, house.clock.instant().plus(Duration.ofMinutes(10)));
  }

  @Test
  void takes_a_request_of_openssl_and_openssl_takes_the_certificate() throws Exception { // ID-5
    X509Certificate leaf = enrolled();
    Path chain = write("chain.pem", Pem.certificates(List.of(house.authority.issuing())));
    Path root = write("root.pem", Pem.certificates(house.authority.roots()));
    Path certificate = write("leaf.pem", Pem.certificates(List.of(leaf)));
    List<String> verify =
        List.of("verify", "-x509_strict", "-purpose", "sslclient", "-attime", now(), "-CAfile");
    assertThat(run(plus(verify, root, "-untrusted", chain, certificate))).contains(": OK");
    List<String> asServer = List.of("verify", "-purpose", "sslserver", "-attime", now(), "-CAfile");
    assertThat(run(plus(asServer, root, "-untrusted", chain, certificate)))
        .contains("unsuitable certificate purpose");
    assertThat(run(List.of("x509", "-in", certificate.toString(), "-noout", "-text")))
        .contains("URI:spiffe://telltale.local/default/device/machine-1")
        .contains("TLS Web Client Authentication")
        .doesNotContain("TLS Web Server Authentication")
        .contains("CA:FALSE");
  }

  @Test
  void openssl_sees_a_revoked_certificate_in_the_crl() throws Exception { // LC-5
    X509Certificate leaf = enrolled();
    Path certificate = write("leaf.pem", Pem.certificates(List.of(leaf)));
    Path authorities =
        write(
            "cas.pem",
            Pem.certificates(
                List.of(house.authority.issuing(), house.authority.roots().getFirst())));
    assertThat(crlVerify(authorities, certificate)).contains(": OK");

    house.register.revoke(
        Certificates.fingerprint(leaf), leaf.getSerialNumber(), house.clock.instant(), 1);
    assertThat(crlVerify(authorities, certificate)).as("cached until told").contains(": OK");
    house.lists.changed();
    assertThat(crlVerify(authorities, certificate)).contains("certificate revoked");
    Path crl = write("issuing.pem", Pem.encode("X509 CRL", house.lists.issuing().toArray()));
    assertThat(run(List.of("crl", "-in", crl.toString(), "-noout", "-text")))
        .contains("Key Compromise")
        .contains("X509v3 CRL Number");
  }

  @Test
  void openssl_reads_the_ca_certificates() throws Exception {
    Response response =
        house.site.handle(
            House.request(
                "/.well-known/est/cacerts", Map.of(), io.telltale.kernel.Bytes.EMPTY, List.of()));
    Path bag = write("cacerts.p7b", response.body().asUtf8());
    Path der = folder.resolve("cacerts.der");
    run(List.of("base64", "-d", "-A", "-in", bag.toString(), "-out", der.toString()));
    assertThat(
            run(
                List.of(
                    "pkcs7", "-inform", "DER", "-in", der.toString(), "-print_certs", "-noout")))
        .contains("Telltale root telltale.local")
        .contains("Telltale issuing telltale.local");
  }

  private X509Certificate enrolled() throws Exception {
    Path csr = folder.resolve("csr.der");
    openssl.request(
        "machine-1",
        folder.resolve("key.pem"),
        csr,
        "-addext",
        "subjectAltName=URI:spiffe://telltale.local/default/device/machine-1",
        "-addext",
        "keyUsage=critical,digitalSignature,keyEncipherment",
        "-sha384");
    byte[] der = Files.readAllBytes(csr);
    Response response = house.enroll("machine-1", House.TOKEN, der);
    assertThat(response.body().asUtf8()).doesNotContain("refused");
    assertThat(response.status()).isEqualTo(200);
    return House.leaf(response);
  }

  // Own devices: what openssl and mbedTLS ask for by habit is passed over, and given to nobody.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "keyUsage=critical,digitalSignature,keyEncipherment | -sha256",
        "keyUsage=keyEncipherment | -sha256",
        "keyUsage=digitalSignature | -sha384",
        "keyUsage=critical,nonRepudiation,digitalSignature,keyEncipherment | -sha384",
        "extendedKeyUsage=serverAuth,clientAuth | -sha512",
        "subjectKeyIdentifier=hash | -sha384",
      })
  void a_renewal_is_granted_whatever_habits_openssl_has(String wish, String digest)
      throws Exception {
    X509Certificate first = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
    Path csr = folder.resolve("next.der");
    Path key = folder.resolve("next-key.pem");
    openssl.request("machine-1", key, csr, "-addext", wish, digest);
    house.clock.move(Duration.ofDays(20));
    Response response = house.renew(house.authority.chain(first), Files.readAllBytes(csr));
    assertThat(response.status()).as(response.body().asUtf8()).isEqualTo(200);

    Path next = write("next.pem", Pem.certificates(List.of(House.leaf(response))));
    assertThat(run(List.of("x509", "-in", next.toString(), "-noout", "-text")))
        .contains("Digital Signature")
        .contains("TLS Web Client Authentication")
        .contains("URI:spiffe://telltale.local/default/device/machine-1")
        .doesNotContain("Key Encipherment")
        .doesNotContain("Non Repudiation")
        .doesNotContain("TLS Web Server Authentication");
    assertThat(run(List.of("x509", "-in", next.toString(), "-noout", "-pubkey")))
        .isEqualTo(run(List.of("pkey", "-in", key.toString(), "-pubout")));
    assertThat(house.counts).doesNotContainKey("request-usage");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-addext keyUsage=digitalSignature,keyCertSign | REQUEST_USAGE",
        "-addext keyUsage=cRLSign | REQUEST_USAGE",
        "-addext extendedKeyUsage=serverAuth | REQUEST_USAGE",
        "-addext basicConstraints=CA:TRUE | REQUEST_CA",
        "-addext subjectAltName=DNS:machine-1 | REQUEST_NAME",
        "-addext 1.2.3.4=DER:0500 | REQUEST_EXTENSION",
        "-sha224 | REQUEST_SIGNATURE",
        "-newkey ec -pkeyopt ec_paramgen_curve:P-521 | REQUEST_KEY_KIND",
        "-newkey rsa:2048 | REQUEST_KEY_KIND",
      })
  void a_renewal_that_is_refused_says_why(String options, Refusal why) throws Exception {
    X509Certificate first = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
    Path csr = folder.resolve("next.der");
    var request = new ArrayList<>(List.of("req", "-new", "-nodes", "-subj", "/CN=machine-1"));
    if (!options.contains("-newkey")) {
      request.addAll(List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"));
    }
    request.addAll(List.of("-keyout", folder.resolve("next-key.pem").toString()));
    request.addAll(List.of("-outform", "DER", "-out", csr.toString()));
    request.addAll(List.of(options.split(" ")));
    String said = run(request);
    assertThat(csr).as(said).exists();
    Response response = house.renew(house.authority.chain(first), Files.readAllBytes(csr));
    assertThat(response.body().asUtf8().strip()).isEqualTo(why.text());
    assertThat(response.status()).isEqualTo(why.status());
    assertThat(house.counts).containsEntry(why.code(), 1L);
    assertThat(house.register.refusals).containsExactly(why.code());
    assertThat(house.register.issued).hasSize(1);
  }

  private String crlVerify(Path authorities, Path certificate) throws Exception {
    var lists = new ArrayList<String>();
    for (String path : List.of("/crl/issuing.crl", "/crl/root.crl")) {
      Response response =
          house.site.handle(
              House.request(path, Map.of(), io.telltale.kernel.Bytes.EMPTY, List.of()));
      assertThat(response.headers()).containsEntry("content-type", "application/pkix-crl");
      lists.add(Pem.encode("X509 CRL", response.body().toArray()));
    }
    Path crls = write("crls.pem", String.join("", lists));
    return run(
        plus(
            List.of("verify", "-crl_check_all", "-attime", now(), "-CAfile"),
            authorities,
            "-CRLfile",
            crls,
            certificate));
  }

  private String now() {
    return Long.toString(house.clock.instant().getEpochSecond());
  }

  private static List<String> plus(List<String> start, Object... more) {
    var all = new ArrayList<>(start);
    for (Object one : more) {
      all.add(one.toString());
    }
    return all;
  }

  private Path write(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text);
  }

  private String run(List<String> arguments) throws Exception {
    return openssl.run(arguments).output();
  }
}
