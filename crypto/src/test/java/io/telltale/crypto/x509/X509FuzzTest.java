package io.telltale.crypto.x509;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.crypto.EcdsaP256;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** No bytes whatsoever make a decoder of certificates, requests, bags or PEM throw. */
class X509FuzzTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  @FuzzTest
  void a_request_is_sound_or_not(byte[] input) {
    CertificateRequest.parse(input);
  }

  @FuzzTest
  void a_certificate_is_read_or_not(byte[] input) {
    Certificates.parse(input).ifPresent(X509FuzzTest::judge);
  }

  @FuzzTest
  void a_question_about_certificates_is_read_or_not(byte[] input) {
    OcspRequest.parse(input);
  }

  @FuzzTest
  void a_bag_is_read_or_not(byte[] input) {
    Pkcs7.parse(input);
    EcdsaP256.publicKey(Bytes.copyOf(input)).ifPresent(P256::isSound);
  }

  @FuzzTest
  void a_text_is_read_or_not(byte[] input) {
    String text = new String(input, StandardCharsets.ISO_8859_1);
    Base64Text.parseWrapped(text);
    Pem.readCertificates(text).ifPresent(chain -> chain.forEach(X509FuzzTest::judge));
    Pem.decode("CERTIFICATE REQUEST", text).ifPresent(CertificateRequest::parse);
  }

  private static void judge(X509Certificate certificate) {
    CertificateFacts.of(certificate);
    new TrustedRoots(List.of(certificate)).check(List.of(certificate), Usage.CLIENT, NOW);
  }
}
