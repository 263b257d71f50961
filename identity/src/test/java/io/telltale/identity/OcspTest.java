package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Bytes;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LC-5: what a certificate is worth, asked and read with BouncyCastle (RFC 6960). */
class OcspTest {
  private static final int MALFORMED = 1;
  private static final int INTERNAL_ERROR = 2;
  private static final int TRY_LATER = 3;
  private static final int UNAUTHORIZED = 6;

  @TempDir private Path folder;
  private House house;
  private X509Certificate leaf;

  @BeforeEach
  void enroll() throws Exception {
    house = new House(folder.resolve("ca"));
    house.register.addToken(
        House.MACHINE, House.TOKEN, house.clock.instant().plus(Duration.ofMinutes(10)));
    leaf = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
  }

  @Test
  void a_certificate_that_was_issued_is_good_and_the_answer_is_signed_by_the_cas_delegate()
      throws Exception {
    BasicOCSPResp answer = answered(ask(id(leaf.getSerialNumber())));
    SingleResp one = answer.getResponses()[0];
    assertThat(one.getCertStatus()).isNull(); // As BouncyCastle says good.
    Instant now = house.clock.instant();
    assertThat(one.getThisUpdate()).isEqualTo(Date.from(now));
    assertThat(one.getNextUpdate()).isEqualTo(Date.from(now.plus(OcspHandler.LIFE)));
    X509CertificateHolder signer = answer.getCerts()[0];
    assertThat(answer.isSignatureValid(new JcaContentVerifierProviderBuilder().build(signer)))
        .isTrue();
    assertThat(house.counts).containsEntry("ocsp good", 1L);
  }

  // RFC 6960 section 4.2.2.2: a leaf that could do more, or be asked about, would be worth
  // stealing.
  @Test
  void the_delegate_can_do_nothing_but_answer() throws Exception {
    X509CertificateHolder held = answered(ask(id(leaf.getSerialNumber()))).getCerts()[0];
    X509Certificate signer = new JcaX509CertificateConverter().getCertificate(held);
    CertificateFacts facts = CertificateFacts.of(signer).orElseThrow();
    assertThat(facts.extendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.9");
    assertThat(facts.extensions()).contains("1.3.6.1.5.5.7.48.1.5");
    for (Usage usage : Set.of(Usage.CLIENT, Usage.SERVER)) {
      assertThat(house.authority.trust().check(List.of(signer), usage, house.clock.instant()))
          .isInstanceOf(TrustedRoots.Verdict.Untrusted.class);
    }
    assertThat(
            Duration.between(signer.getNotBefore().toInstant(), signer.getNotAfter().toInstant()))
        .isLessThanOrEqualTo(Duration.ofDays(22));
  }

  @Test
  void one_that_was_revoked_is_told_at_once_with_when_and_why() throws Exception {
    assertThat(status(leaf.getSerialNumber())).isNull();
    Instant when = house.clock.instant().minusSeconds(5);
    house.register.revoke(Certificates.fingerprint(leaf), leaf.getSerialNumber(), when, 1);
    RevokedStatus revoked = (RevokedStatus) status(leaf.getSerialNumber());
    assertThat(revoked.getRevocationTime()).isEqualTo(Date.from(when));
    assertThat(revoked.getRevocationReason()).isEqualTo(1);
  }

  @Test
  void a_reason_that_nobody_gave_is_left_out() throws Exception {
    house.register.revoke(
        Certificates.fingerprint(leaf), leaf.getSerialNumber(), house.clock.instant(), 0);
    assertThat(((RevokedStatus) status(leaf.getSerialNumber())).hasRevocationReason()).isFalse();
  }

  @Test
  void one_that_was_never_issued_is_unknown() throws Exception {
    assertThat(status(BigInteger.TEN)).isInstanceOf(UnknownStatus.class);
  }

  @Test
  void several_are_answered_in_one_and_too_many_are_not() throws Exception {
    var ids = new ArrayList<CertificateID>();
    ids.add(id(leaf.getSerialNumber()));
    ids.add(id(BigInteger.TWO));
    assertThat(answered(ask(ids.toArray(CertificateID[]::new))).getResponses()).hasSize(2);
    for (int i = 0; i < 15; i++) {
      ids.add(id(BigInteger.valueOf(100 + i)));
    }
    assertThat(ask(ids.toArray(CertificateID[]::new)).getStatus()).isEqualTo(MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 32, 128})
  void a_nonce_comes_back_and_nobody_keeps_the_answer(int bytes) throws Exception {
    byte[] nonce = new byte[bytes];
    Arrays.fill(nonce, (byte) 7);
    Response response = post(request(nonce, id(leaf.getSerialNumber())));
    assertThat(response.headers()).containsEntry("cache-control", "no-store");
    var extension = answered(read(response)).getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
    assertThat(extension.getParsedValue()).isEqualTo(new DEROctetString(nonce));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 129})
  void a_nonce_of_another_length_is_refused(int bytes) throws Exception {
    assertThat(read(post(request(new byte[bytes], id(leaf.getSerialNumber())))).getStatus())
        .isEqualTo(MALFORMED);
  }

  @Test
  void nobody_answers_for_the_certificates_of_others() throws Exception {
    House other = new House(folder.resolve("other"));
    var issuer = new JcaX509CertificateHolder(other.authority.issuing());
    var digests = new BcDigestCalculatorProvider();
    var id = new CertificateID(digests.get(CertificateID.HASH_SHA1), issuer, BigInteger.ONE);
    assertThat(ask(id).getStatus()).isEqualTo(UNAUTHORIZED);
    assertThat(ask(id(leaf.getSerialNumber()), id).getStatus()).isEqualTo(UNAUTHORIZED);
  }

  @Test
  void what_is_no_request_is_refused_wherever_it_is_cut() throws Exception {
    byte[] whole = request(new byte[16], id(leaf.getSerialNumber()));
    for (int length = 0; length < whole.length; length++) {
      Response response = post(Arrays.copyOf(whole, length));
      assertThat(read(response).getStatus()).as("%d bytes", length).isEqualTo(MALFORMED);
    }
    byte[] zeroes = new byte[200];
    assertThat(read(post(zeroes)).getStatus()).isEqualTo(MALFORMED);
  }

  // Each would have another place in a cache.
  @Test
  void what_stands_behind_a_request_is_no_part_of_it() throws Exception {
    byte[] whole = request(null, id(leaf.getSerialNumber()));
    assertThat(read(post(Arrays.copyOf(whole, whole.length + 1))).getStatus()).isEqualTo(MALFORMED);
  }

  // RFC 6960 section 4.4.
  @Test
  void what_must_be_understood_and_is_not_is_refused_wherever_it_stands() throws Exception {
    var must =
        new Extensions(new Extension(new ASN1ObjectIdentifier("1.2.3.4"), true, new byte[] {5, 0}));
    var ofOne = new OCSPReqBuilder().addRequest(id(leaf.getSerialNumber()), must).build();
    assertThat(read(post(ofOne.getEncoded())).getStatus()).isEqualTo(MALFORMED);
    var ofAll =
        new OCSPReqBuilder()
            .addRequest(id(leaf.getSerialNumber()))
            .setRequestExtensions(must)
            .build();
    assertThat(read(post(ofAll.getEncoded())).getStatus()).isEqualTo(MALFORMED);
  }

  @Test
  void a_damaged_registry_says_so_in_ocsps_words() throws Exception {
    house.register.damaged = true;
    assertThat(ask(id(leaf.getSerialNumber())).getStatus()).isEqualTo(INTERNAL_ERROR);
  }

  @Test
  void a_renewed_delegate_signs_from_then_on() throws Exception {
    var before = answered(ask(id(leaf.getSerialNumber()))).getCerts()[0];
    house.clock.move(Duration.ofDays(15));
    assertThat(house.ocsp.renew()).isTrue();
    assertThat(house.ocsp.renew()).isFalse();
    BasicOCSPResp answer = answered(ask(id(leaf.getSerialNumber())));
    assertThat(answer.getCerts()[0]).isNotEqualTo(before);
    assertThat(
            answer.isSignatureValid(
                new JcaContentVerifierProviderBuilder().build(answer.getCerts()[0])))
        .isTrue();
  }

  // It made one each minute of the last weeks.
  @Test
  void near_the_end_of_its_issuer_a_delegate_is_not_renewed_for_nothing() {
    house.clock.set(house.authority.issuing().getNotAfter().toInstant().minus(Duration.ofDays(3)));
    assertThat(house.ocsp.renew()).isTrue();
    house.clock.move(Duration.ofDays(1));
    assertThat(house.ocsp.renew()).isFalse();
  }

  @Test
  void whatever_bit_of_a_request_is_flipped_there_is_an_answer() throws Exception {
    byte[] whole = request(new byte[16], id(leaf.getSerialNumber()));
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(read(post(flipped)).getStatus())
          .as("bit %d", bit)
          .isIn(0, MALFORMED, UNAUTHORIZED);
    }
  }

  @Test
  void without_the_registry_nothing_is_said_to_be_good() throws Exception {
    house.register.unavailable = true;
    assertThat(ask(id(leaf.getSerialNumber())).getStatus()).isEqualTo(TRY_LATER);
  }

  // RFC 6960 appendix A.1; base64 has slashes of its own.
  @Test
  void a_request_in_the_path_is_answered() throws Exception {
    for (int serial = 0; serial < 64; serial++) {
      byte[] der = request(null, id(leaf.getSerialNumber().add(BigInteger.valueOf(serial))));
      String path = "/ocsp/" + Base64.getEncoder().encodeToString(der);
      Response response = house.site.handle(House.request(path, Map.of(), Bytes.EMPTY, List.of()));
      assertThat(read(response).getStatus()).as(path).isZero();
      assertThat(response.headers()).containsEntry("content-type", "application/ocsp-response");
    }
    Response garbage =
        house.site.handle(House.request("/ocsp/%%", Map.of(), Bytes.EMPTY, List.of()));
    assertThat(read(garbage).getStatus()).isEqualTo(MALFORMED);
  }

  @Test
  void one_source_asks_only_so_often_a_minute_and_another_is_heard() throws Exception {
    byte[] der = request(null, id(leaf.getSerialNumber()));
    for (int i = 0; i < 6_000; i++) {
      assertThat(post(der).status()).isEqualTo(200);
    }
    Response refused = post(der);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.headers()).containsKey("retry-after");
    assertThat(post("198.51.100.7", der).status()).isEqualTo(200);
    house.clock.move(Duration.ofMinutes(2));
    assertThat(post(der).status()).isEqualTo(200);
  }

  @Test
  void another_content_type_is_refused() throws Exception {
    Bytes body = Bytes.adopt(request(null, id(leaf.getSerialNumber())));
    Request request = House.request("/ocsp", Map.of("content-type", "text/plain"), body, List.of());
    assertThat(house.site.handle(request).status()).isEqualTo(415);
  }

  @Test
  void a_certificate_of_before_the_issuing_ca_was_extended_is_answered_for() throws Exception {
    CertificateID before = id(leaf.getSerialNumber());
    house.clock.move(Duration.ofDays(600));
    assertThat(house.authority.renew()).isNotInstanceOf(CertificateAuthority.Upkeep.Nothing.class);
    assertThat(answered(ask(before)).getResponses()[0].getCertStatus()).isNull();
  }

  private Object status(BigInteger serial) throws Exception {
    return answered(ask(id(serial))).getResponses()[0].getCertStatus();
  }

  private CertificateID id(BigInteger serial) throws Exception {
    var issuer = new JcaX509CertificateHolder(house.authority.issuing());
    return new CertificateID(
        new BcDigestCalculatorProvider().get(CertificateID.HASH_SHA1), issuer, serial);
  }

  private static byte[] request(byte @Nullable [] nonce, CertificateID... ids) throws Exception {
    var builder = new OCSPReqBuilder();
    for (CertificateID id : ids) {
      builder.addRequest(id);
    }
    if (nonce != null) {
      builder.setRequestExtensions(
          new Extensions(
              new Extension(
                  OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
                  false,
                  new DEROctetString(nonce).getEncoded())));
    }
    return builder.build().getEncoded();
  }

  private OCSPResp ask(CertificateID... ids) throws Exception {
    return read(post(request(null, ids)));
  }

  private Response post(byte[] der) {
    return post("192.0.2.1", der);
  }

  private Response post(String source, byte[] der) {
    return house.site.handle(
        new Request(
            "POST",
            "/ocsp",
            Map.of(),
            Map.of("content-type", "application/ocsp-request"),
            Bytes.copyOf(der),
            List.of(),
            source));
  }

  private static OCSPResp read(Response response) throws Exception {
    assertThat(response.status()).isEqualTo(200);
    return new OCSPResp(response.body().toArray());
  }

  private static BasicOCSPResp answered(OCSPResp response) throws Exception {
    assertThat(response.getStatus()).isZero();
    return (BasicOCSPResp) response.getResponseObject();
  }
}
