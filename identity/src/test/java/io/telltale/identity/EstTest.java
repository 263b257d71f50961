package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.Pkcs7;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.TrustedRoots.Verdict;
import io.telltale.crypto.x509.Usage;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EstTest {
  private static final String URI = "spiffe://telltale.local/default/device/machine-1";

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void aDeviceWithAToken() {
    house = new House(folder.resolve("ca"));
    house.register.addToken(
        House.MACHINE, House.TOKEN, house.clock.instant().plus(Duration.ofMinutes(10)));
  }

  @Test
  void a_token_becomes_a_certificate_in_the_devices_name() throws Exception { // ID-2, ID-4
    Response response = house.enroll("machine-1", House.TOKEN, House.csr());

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers())
        .containsEntry("content-type", "application/pkcs7-mime; smime-type=certs-only");
    X509Certificate leaf = House.leaf(response);
    assertThat(CertificateFacts.of(leaf).orElseThrow().names())
        .containsExactly(SubjectName.uri(URI));
    assertThat(
            house
                .authority
                .trust()
                .check(house.authority.chain(leaf), Usage.CLIENT, house.clock.instant()))
        .isInstanceOf(Verdict.Trusted.class);
    assertThat(house.register.issued).hasSize(1);
  }

  @Test
  void a_token_is_good_once_for_its_device_and_in_time() throws Exception { // ID-4
    assertRefused(house.enroll("machine-2", House.TOKEN, House.csr()), Refusal.TOKEN_OTHER_DEVICE);
    assertThat(house.enroll("machine-1", House.TOKEN, House.csr()).status()).isEqualTo(200);
    assertRefused(house.enroll("machine-1", House.TOKEN, House.csr()), Refusal.TOKEN_SPENT);
    String late = "x".repeat(43);
    house.register.addToken(House.MACHINE, late, house.clock.instant());
    assertRefused(house.enroll("machine-1", late, House.csr()), Refusal.TOKEN_EXPIRED);
    assertRefused(house.enroll("machine-1", "y".repeat(43), House.csr()), Refusal.TOKEN_UNKNOWN);
  }

  @Test
  void of_many_at_once_with_one_token_one_gets_a_certificate() throws Exception { // ID-4
    var tasks = new ArrayList<Callable<Integer>>();
    for (int i = 0; i < 8; i++) {
      byte[] csr = House.csr();
      tasks.add(() -> house.enroll("machine-1", House.TOKEN, csr).status());
    }
    try (var threads = Executors.newFixedThreadPool(8)) {
      var statuses = new ArrayList<Integer>();
      for (var future : threads.invokeAll(tasks)) {
        statuses.add(future.get());
      }
      assertThat(statuses).containsOnlyOnce(200).containsOnly(200, 401);
    }
    assertThat(house.register.issued).hasSize(1);
  }

  @Test
  void a_refused_request_does_not_spend_the_token() throws Exception {
    assertRefused(
        house.enroll("machine-1", House.TOKEN, csr("CN=machine-2")), Refusal.REQUEST_NAME);
    house.register.unavailable = true;
    assertRefused(house.enroll("machine-1", House.TOKEN, House.csr()), Refusal.UNAVAILABLE);
    house.register.unavailable = false;
    assertThat(house.enroll("machine-1", House.TOKEN, House.csr()).status()).isEqualTo(200);
  }

  @Test
  void a_request_may_ask_for_exactly_what_it_gets() throws Exception {
    var wishes = new ExtensionsGenerator();
    wishes.addExtension(Extension.subjectAlternativeName, false, uris(URI));
    wishes.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    wishes.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    wishes.addExtension(
        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
    byte[] csr = csr("", wishes.generate());
    assertThat(house.enroll("machine-1", House.TOKEN, csr).status()).isEqualTo(200);
  }

  // What OpenSSL's v3_req and mbedTLS's cert_req write by default.
  @Test
  void a_request_of_usual_tools_gets_the_certificate_that_a_device_has() throws Exception { // ID-5
    var wishes = new ExtensionsGenerator();
    wishes.addExtension(Extension.basicConstraints, false, new BasicConstraints(false));
    wishes.addExtension(
        Extension.keyUsage,
        true,
        new KeyUsage(
            KeyUsage.digitalSignature | KeyUsage.nonRepudiation | KeyUsage.keyEncipherment));
    wishes.addExtension(
        Extension.extendedKeyUsage,
        false,
        new ExtendedKeyUsage(
            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
    wishes.addExtension(Extension.subjectKeyIdentifier, false, new DEROctetString(new byte[20]));
    wishes.addExtension(
        new ASN1ObjectIdentifier("2.16.840.1.113730.1.1"), false, new DERBitString((byte) 0x80, 7));
    byte[] csr = csr("CN=machine-1", wishes.generate());

    X509Certificate leaf = House.leaf(house.enroll("machine-1", House.TOKEN, csr));
    assertThat(leaf.getExtendedKeyUsage()).containsExactly(KeyPurposeId.id_kp_clientAuth.getId());
    boolean[] usage = leaf.getKeyUsage();
    assertThat(usage[0]).isTrue();
    assertThat(usage[2]).as("key encipherment").isFalse();
  }

  @Test
  void a_request_for_anything_else_is_refused() throws Exception { // issue point 4
    String other = "spiffe://telltale.local/default/device/machine-2";
    String service = "spiffe://telltale.local/default/service/machine-1";
    refuses(Refusal.REQUEST_NAME, csr("CN=machine-2"));
    refuses(Refusal.REQUEST_NAME, csr("CN=machine-1,O=somebody"));
    refuses(Refusal.REQUEST_NAME, csr("CN=machine-1,CN=machine-1"));
    refuses(Refusal.REQUEST_NAME, csr("CN=MACHINE-1"));
    refuses(Refusal.REQUEST_NAME, csr("", Extension.subjectAlternativeName, uris(other)));
    refuses(Refusal.REQUEST_NAME, csr("", Extension.subjectAlternativeName, uris(service)));
    refuses(Refusal.REQUEST_NAME, csr("", Extension.subjectAlternativeName, uris(URI, other)));
    refuses(Refusal.REQUEST_NAME, csr("", Extension.subjectAlternativeName, uris(URI, URI)));
    refuses(
        Refusal.REQUEST_NAME,
        csr(
            "",
            Extension.subjectAlternativeName,
            new GeneralNames(new GeneralName(GeneralName.dNSName, "machine-1"))));
    refuses(Refusal.REQUEST_CA, csr("", Extension.basicConstraints, new BasicConstraints(true)));
    refuses(
        Refusal.REQUEST_USAGE,
        csr(
            "",
            Extension.extendedKeyUsage,
            new ExtendedKeyUsage(KeyPurposeId.anyExtendedKeyUsage)));
    refuses(
        Refusal.REQUEST_MALFORMED,
        csr("", Extension.extendedKeyUsage, new ExtendedKeyUsage(new KeyPurposeId[0])));
    refuses(Refusal.REQUEST_USAGE, csr("", Extension.keyUsage, new KeyUsage(KeyUsage.keyCertSign)));
    refuses(
        Refusal.REQUEST_EXTENSION,
        csr("", new ASN1ObjectIdentifier("1.2.3.4"), new DEROctetString(new byte[3])));
    assertThat(house.register.issued).isEmpty();
    assertThat(house.register.refusals).hasSize(13).contains("request-ca", "request-name");
  }

  @Test
  void a_key_of_another_kind_or_of_somebody_else_is_refused() throws Exception {
    var rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    var builder =
        new org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder(
            new org.bouncycastle.asn1.x500.X500Name("CN=machine-1"), rsa.getPublic());
    var signer =
        new org.bouncycastle.operator.jcajce.JcaContentSignerBuilder("SHA256withRSA")
            .build(rsa.getPrivate());
    refuses(Refusal.REQUEST_KEY_KIND, builder.build(signer).getEncoded());

    byte[] csr = House.csr();
    assertThat(house.enroll("machine-1", House.TOKEN, csr).status()).isEqualTo(200);
    String second = "z".repeat(43);
    house.register.addToken(
        House.MACHINE, second, house.clock.instant().plus(Duration.ofMinutes(1)));
    assertRefused(house.enroll("machine-1", second, csr), Refusal.REQUEST_KEY_USED); // LC-7
  }

  @Test
  void the_current_certificate_gets_the_next_one() throws Exception { // LC-1
    X509Certificate first = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
    house.clock.move(Duration.ofDays(20));
    Response response = house.renew(house.authority.chain(first), House.csr());
    assertThat(response.status()).isEqualTo(200);
    X509Certificate second = House.leaf(response);
    assertThat(second.getSerialNumber()).isNotEqualTo(first.getSerialNumber());
    assertThat(second.getNotAfter()).isAfter(first.getNotAfter());
    assertThat(house.register.issued.values())
        .extracting(CredentialRegister.Issuance::by)
        .anyMatch(by -> by instanceof CredentialRegister.Entitlement.Renewal);
  }

  // Firm ground 23
  @Test
  void a_certificate_of_a_clock_that_was_ahead_gets_the_next_one_once_it_is_right()
      throws Exception {
    house.clock.move(Duration.ofDays(20));
    house.register.addToken(
        House.MACHINE, House.TOKEN, house.clock.instant().plus(Duration.ofMinutes(1)));
    X509Certificate ahead = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
    house.clock.move(Duration.ofDays(-20));
    assertThat(ahead.getNotBefore()).isAfter(Date.from(house.clock.instant()));
    Response response = house.renew(house.authority.chain(ahead), House.csr());
    assertThat(response.status()).isEqualTo(200);
    X509Certificate next = House.leaf(response);
    next.checkValidity(Date.from(house.clock.instant()));
    assertThat(next.getNotAfter()).isBefore(ahead.getNotAfter());
  }

  @Test
  void renewal_is_for_the_holder_only() throws Exception {
    X509Certificate leaf = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
    var chain = house.authority.chain(leaf);
    assertRefused(house.renew(List.of(), House.csr()), Refusal.NO_CERTIFICATE);
    assertRefused(house.renew(chain, csr("CN=machine-2")), Refusal.REQUEST_NAME);
    // A certificate of our own CA that the registry does not know (ID-2).
    House foreign = new House(folder.resolve("foreign"));
    foreign.register.addToken(
        House.MACHINE, House.TOKEN, foreign.clock.instant().plus(Duration.ofMinutes(1)));
    X509Certificate other = House.leaf(foreign.enroll("machine-1", House.TOKEN, House.csr()));
    assertRefused(house.renew(foreign.authority.chain(other), House.csr()), Refusal.NOT_RENEWABLE);
    house.register.issued.clear();
    assertRefused(house.renew(chain, House.csr()), Refusal.NOT_RENEWABLE);
  }

  @Test
  void a_revoked_or_expired_certificate_is_not_renewed() throws Exception {
    X509Certificate leaf = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
    var chain = house.authority.chain(leaf);
    house.clock.move(Duration.ofDays(31));
    assertRefused(house.renew(chain, House.csr()), Refusal.ENDED);
    // Once the registry has let it return, by it and by nothing that it was followed by.
    house.register.returning.add(io.telltale.crypto.x509.Certificates.fingerprint(leaf));
    assertThat(house.renew(chain, House.csr()).status()).isEqualTo(200);
    // Of an issuer that has ended itself nothing is taken.
    house.clock.move(Duration.ofDays(720));
    assertRefused(house.renew(chain, House.csr()), Refusal.NOT_RENEWABLE);
    house.clock.move(Duration.ofDays(-751));
    house.register.revoke(
        io.telltale.crypto.x509.Certificates.fingerprint(leaf),
        leaf.getSerialNumber(),
        house.clock.instant(),
        1);
    assertRefused(house.renew(chain, House.csr()), Refusal.NOT_RENEWABLE);
  }

  @Test
  void the_wire_is_read_as_clients_really_write_it() throws Exception { // RFC 8951
    for (String type : List.of("application/pkcs10", "Application/PKCS10 ; charset=us-ascii")) {
      for (var encoder : List.of(Base64.getEncoder(), Base64.getMimeEncoder())) {
        String token = Base64.getUrlEncoder().encodeToString(House.csr()).substring(200, 243);
        house.register.addToken(
            House.MACHINE, token, house.clock.instant().plus(Duration.ofMinutes(1)));
        Response response =
            house.site.handle(
                House.request(
                    "/.well-known/est/simpleenroll",
                    Map.of(
                        "content-type",
                        type,
                        "content-transfer-encoding",
                        "binary",
                        "authorization",
                        House.basic("machine-1", token)),
                    Bytes.copyOf(encoder.encode(House.csr())),
                    List.of()));
        assertThat(response.status()).isEqualTo(200);
      }
    }
  }

  @Test
  void ca_certificates_and_request_attributes_are_for_everybody() {
    Response certificates = get("cacerts");
    assertThat(
            Pkcs7.parse(
                Base64Text.parseWrapped(certificates.body().asUtf8()).orElseThrow().borrow()))
        .contains(List.of(house.authority.issuing(), house.authority.roots().getFirst()));
    Response attributes = get("csrattrs");
    assertThat(attributes.headers()).containsEntry("content-type", "application/csrattrs");
    assertThat(Base64Text.parseWrapped(attributes.body().asUtf8()).orElseThrow().borrow())
        .isEqualTo(CsrAttributes.DER.toArray());
  }

  @Test
  void refuses_what_is_not_est() {
    assertRefused(get("serverkeygen"), Refusal.NOT_FOUND);
    assertRefused(get(""), Refusal.NOT_FOUND);
    assertRefused(get("simpleenroll"), Refusal.METHOD);
    assertRefused(post(Map.of(), "AAAA"), Refusal.CONTENT_TYPE);
    assertRefused(
        post(Map.of("content-type", "application/pkcs10"), "AAAA"), Refusal.NO_CREDENTIALS);
    for (String header :
        List.of(
            "Basic", "Basic !!!", "Bearer abc", "Basic YWJj", House.basic("../x", House.TOKEN))) {
      assertRefused(
          post(Map.of("content-type", "application/pkcs10", "authorization", header), "AAAA"),
          Refusal.NO_CREDENTIALS);
    }
    var good =
        Map.of(
            "content-type",
            "application/pkcs10",
            "authorization",
            House.basic("machine-1", House.TOKEN));
    assertRefused(post(good, "not base64!"), Refusal.REQUEST_MALFORMED);
    assertRefused(post(good, "AAAA"), Refusal.REQUEST_MALFORMED);
    assertRefused(post(good, "A".repeat(23_000)), Refusal.REQUEST_TOO_LARGE);
    assertRefused(post(good, "A".repeat(30_000)), Refusal.REQUEST_TOO_LARGE);
  }

  // Firm ground 10: who guesses pays, and the device that was named does not.
  @Test
  void guessing_is_slowed_by_source_and_never_keeps_the_named_device_out() throws Exception {
    byte[] csr = House.csr();
    String wrong = "g".repeat(43);
    for (int i = 0; i < EstHandler.Limits.STANDARD.perSource(); i++) {
      assertThat(house.enrollFrom("2001:db8:0:1::" + i, "machine-1", wrong, csr).status())
          .isEqualTo(401);
    }
    Response slowed = house.enrollFrom("2001:db8:0:1::ffff", "machine-2", wrong, csr);
    assertRefused(slowed, Refusal.TOO_MANY);
    assertThat(slowed.headers()).containsKey("retry-after");
    Response right = house.enrollFrom("2001:db8:0:2::1", "machine-1", House.TOKEN, csr);
    assertThat(right.status()).isEqualTo(200);
    house.clock.move(Duration.ofMinutes(1));
    assertThat(house.enrollFrom("2001:db8:0:1::1", "machine-2", wrong, csr).status())
        .isEqualTo(401);
  }

  // Firm ground 10: strangers behind the same address do not keep a good certificate from its next.
  @Test
  void guessing_never_keeps_a_holder_at_the_same_address_from_renewing() throws Exception {
    byte[] csr = House.csr();
    X509Certificate first = House.leaf(house.enroll("machine-1", House.TOKEN, csr));
    for (int i = 0; i < EstHandler.Limits.STANDARD.perSource(); i++) {
      assertThat(house.enroll("machine-2", "g".repeat(43), csr).status()).isEqualTo(401);
    }
    assertRefused(house.renew(List.of(), csr), Refusal.TOO_MANY);
    Response renewed = house.renew(house.authority.chain(first), House.csr());
    assertThat(renewed.status()).isEqualTo(200);
    // And a holder's own mistakes are bounded, too.
    var chain = house.authority.chain(House.leaf(renewed));
    for (int i = 0; i < EstHandler.Limits.STANDARD.perSource(); i++) {
      assertRefused(house.renew(chain, csr("CN=machine-2")), Refusal.REQUEST_NAME);
    }
    assertRefused(house.renew(chain, House.csr()), Refusal.TOO_MANY);
  }

  @Test
  void ten_wrong_tokens_do_not_block_the_right_one_from_the_same_address() throws Exception {
    byte[] csr = House.csr();
    for (int i = 0; i < 10; i++) {
      assertThat(house.enroll("machine-1", "g".repeat(43), csr).status()).isEqualTo(401);
    }
    assertThat(house.enroll("machine-1", House.TOKEN, csr).status()).isEqualTo(200);
  }

  @Test
  void a_device_that_may_not_enroll_is_told_so() throws Exception {
    house.register.shut(House.MACHINE);
    assertRefused(house.enroll("machine-1", House.TOKEN, House.csr()), Refusal.DEVICE_NOT_ADMITTED);
  }

  private void refuses(Refusal why, byte[] csr) {
    house.clock.move(Duration.ofSeconds(30));
    var now = house.clock.instant();
    house.register.addToken(House.MACHINE, House.TOKEN, now.plus(Duration.ofMinutes(10)));
    assertRefused(house.enroll("machine-1", House.TOKEN, csr), why);
  }

  private static void assertRefused(Response response, Refusal why) {
    assertThat(response.body().asUtf8().strip()).isEqualTo(why.text());
    assertThat(response.status()).isEqualTo(why.status());
    assertThat(response.headers().containsKey("www-authenticate")).isEqualTo(why.status() == 401);
  }

  private Response get(String operation) {
    return house.site.handle(
        House.request("/.well-known/est/" + operation, Map.of(), Bytes.EMPTY, List.of()));
  }

  private Response post(Map<String, String> headers, String body) {
    house.clock.move(Duration.ofSeconds(61));
    house.register.addToken(
        House.MACHINE, House.TOKEN, house.clock.instant().plus(Duration.ofMinutes(10)));
    return house.site.handle(
        House.request("/.well-known/est/simpleenroll", headers, Bytes.utf8(body), List.of()));
  }

  private static byte[] csr(String subject, Extensions... wishes) throws Exception {
    KeyPair pair = EcdsaP256.generate();
    return House.csr(pair, subject, wishes);
  }

  private static byte[] csr(
      String subject, ASN1ObjectIdentifier oid, org.bouncycastle.asn1.ASN1Encodable value)
      throws Exception {
    var wishes = new ExtensionsGenerator();
    wishes.addExtension(oid, false, value);
    return csr(subject, wishes.generate());
  }

  private static GeneralNames uris(String... uris) {
    var names = new ArrayList<GeneralName>();
    for (String uri : uris) {
      names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
    }
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }
}
