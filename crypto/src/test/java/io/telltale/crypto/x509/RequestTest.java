package io.telltale.crypto.x509;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateRequest.Fault;
import io.telltale.crypto.x509.CertificateRequest.NamePart;
import io.telltale.crypto.x509.CertificateRequest.Parsed;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Random;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jce.spec.ECPrivateKeySpec;
import org.bouncycastle.jce.spec.ECPublicKeySpec;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {
  private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

  @Test
  void reads_what_a_request_asks_for() throws Exception {
    var wishes = new ExtensionsGenerator();
    wishes.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.uniformResourceIdentifier, "spiffe://a/default/device/x"),
              new GeneralName(GeneralName.dNSName, "x.example"),
              new GeneralName(GeneralName.iPAddress, "10.0.0.1"),
              new GeneralName(GeneralName.registeredID, "1.2.3")
            }));
    wishes.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    KeyPair pair = EcdsaP256.generate();
    var builder = request(pair, "CN=machine-1,O=acme");
    builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, wishes.generate());

    var parsed = sound(sign(builder, pair, "SHA256withECDSA"));

    assertThat(parsed.key().getEncoded()).isEqualTo(pair.getPublic().getEncoded());
    assertThat(parsed.subject())
        .containsExactly(
            new NamePart(NamePart.COMMON_NAME, "machine-1"), new NamePart("2.5.4.10", "acme"));
    assertThat(parsed.names())
        .containsExactly(
            SubjectName.uri("spiffe://a/default/device/x"),
            SubjectName.dns("x.example"),
            SubjectName.ip("10.0.0.1"),
            new SubjectName(SubjectName.Kind.OTHER, "choice 8"));
    assertThat(parsed.asksForCa()).isTrue();
    assertThat(parsed.extensions()).containsExactlyInAnyOrder("2.5.29.17", "2.5.29.19");
  }

  @Test
  void passes_over_a_challenge_password() throws Exception {
    KeyPair pair = EcdsaP256.generate();
    var builder = request(pair, "CN=machine-1");
    builder.addAttribute(
        PKCSObjectIdentifiers.pkcs_9_at_challengePassword, new DERUTF8String("secret"));
    assertThat(sound(sign(builder, pair, "SHA384withECDSA")).names()).isEmpty();
  }

  @Test
  void refuses_an_attribute_that_it_does_not_know() throws Exception {
    KeyPair pair = EcdsaP256.generate();
    var builder = request(pair, "CN=machine-1");
    builder.addAttribute(new ASN1ObjectIdentifier("1.2.3.4"), new DERUTF8String("surprise"));
    assertThat(fault(sign(builder, pair, "SHA256withECDSA"))).isEqualTo(Fault.ATTRIBUTE_UNKNOWN);
  }

  @Test
  void refuses_keys_of_another_kind() throws Exception {
    var rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPair pair = rsa.generateKeyPair();
    assertThat(fault(sign(request(pair, "CN=a"), pair, "SHA256withRSA"))).isEqualTo(Fault.KEY_KIND);
    for (String curve : new String[] {"secp521r1", "secp256k1", "secp224r1", "brainpoolP256r1"}) {
      var ec = KeyPairGenerator.getInstance("EC", PROVIDER);
      ec.initialize(new ECGenParameterSpec(curve));
      KeyPair other = ec.generateKeyPair();
      assertThat(fault(sign(request(other, "CN=a"), other, "SHA256withECDSA")))
          .as(curve)
          .isEqualTo(Fault.KEY_KIND);
    }
  }

  @Test
  void takes_keys_on_p384() throws Exception {
    var ec = KeyPairGenerator.getInstance("EC", PROVIDER);
    ec.initialize(new ECGenParameterSpec("secp384r1"));
    KeyPair pair = ec.generateKeyPair();
    for (String algorithm : new String[] {"SHA256withECDSA", "SHA384withECDSA"}) {
      byte[] der = sign(request(pair, "CN=a"), pair, algorithm);
      assertThat(sound(der).publicKeyInfo().toArray()).isEqualTo(pair.getPublic().getEncoded());
      der[der.length - 1] ^= 1;
      assertThat(fault(der)).isEqualTo(Fault.SIGNATURE_WRONG);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"P-256", "P-384"})
  void refuses_keys_that_anybody_can_guess(String curve) throws Exception {
    for (int secret : new int[] {1, 2, 17, 64}) {
      KeyPair pair = pairOf(curve, BigInteger.valueOf(secret));
      assertThat(fault(sign(request(pair, "CN=a"), pair, "SHA256withECDSA")))
          .isEqualTo(Fault.KEY_WEAK);
    }
  }

  @Test
  void refuses_a_point_that_is_not_on_the_curve() throws Exception {
    KeyPair pair = EcdsaP256.generate();
    byte[] der = sign(request(pair, "CN=a"), pair, "SHA256withECDSA");
    int at = indexOf(der, pair.getPublic().getEncoded());
    der[at + pair.getPublic().getEncoded().length - 1] ^= 1;
    assertThat(fault(der)).isEqualTo(Fault.KEY_WEAK);
  }

  @Test
  void refuses_a_request_that_somebody_else_signed() throws Exception {
    KeyPair pair = EcdsaP256.generate();
    KeyPair thief = EcdsaP256.generate();
    assertThat(fault(sign(request(pair, "CN=a"), thief, "SHA256withECDSA")))
        .isEqualTo(Fault.SIGNATURE_WRONG);
  }

  @Test
  void refuses_a_signature_with_sha1() throws Exception {
    KeyPair pair = EcdsaP256.generate();
    assertThat(fault(sign(request(pair, "CN=a"), pair, "SHA1withECDSA")))
        .isEqualTo(Fault.SIGNATURE_ALGORITHM);
  }

  @Test
  void refuses_what_is_too_large_or_no_request() {
    assertThat(fault(new byte[CertificateRequest.BYTES_MAX + 1])).isEqualTo(Fault.TOO_LARGE);
    assertThat(fault(new byte[0])).isEqualTo(Fault.MALFORMED);
    assertThat(fault(new byte[] {0x30, 0})).isEqualTo(Fault.MALFORMED);
    byte[] deep = new byte[8000];
    for (int i = 0; i + 1 < deep.length; i += 2) {
      deep[i] = 0x30;
      deep[i + 1] = (byte) 0x80;
    }
    assertThat(fault(deep)).isEqualTo(Fault.MALFORMED);
  }

  @Test
  void never_throws_and_never_accepts_a_damaged_request() throws Exception {
    KeyPair pair = EcdsaP256.generate();
    byte[] good = sign(request(pair, "CN=machine-1"), pair, "SHA256withECDSA");
    long seed = 20261123;
    var random = new Random(seed);
    for (int round = 0; round < 3000; round++) {
      byte[] bad = good.clone();
      for (int i = 0; i <= random.nextInt(3); i++) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
      }
      if (!java.util.Arrays.equals(bad, good)) {
        assertThat(CertificateRequest.parse(bad))
            .as("seed %d round %d", seed, round)
            .isInstanceOf(Parsed.Unsound.class);
      }
    }
  }

  private static PKCS10CertificationRequestBuilder request(KeyPair pair, String name) {
    return new JcaPKCS10CertificationRequestBuilder(new X500Name(name), pair.getPublic());
  }

  private static byte[] sign(
      PKCS10CertificationRequestBuilder builder, KeyPair pair, String algorithm) throws Exception {
    var signer =
        new JcaContentSignerBuilder(algorithm).setProvider(PROVIDER).build(pair.getPrivate());
    return builder.build(signer).getEncoded();
  }

  private static KeyPair pairOf(String name, BigInteger secret) throws Exception {
    var curve = ECNamedCurveTable.getParameterSpec(name);
    var factory = java.security.KeyFactory.getInstance("EC", PROVIDER);
    return new KeyPair(
        factory.generatePublic(new ECPublicKeySpec(curve.getG().multiply(secret), curve)),
        factory.generatePrivate(new ECPrivateKeySpec(secret, curve)));
  }

  private static CertificateRequest sound(byte[] der) {
    return switch (CertificateRequest.parse(der)) {
      case Parsed.Sound(var request) -> request;
      case Parsed.Unsound(var fault) -> throw new AssertionError(fault);
    };
  }

  private static Fault fault(byte[] der) {
    return switch (CertificateRequest.parse(der)) {
      case Parsed.Sound(var request) -> throw new AssertionError(request.toString());
      case Parsed.Unsound(var fault) -> fault;
    };
  }

  private static int indexOf(byte[] in, byte[] what) {
    for (int i = 0; i + what.length <= in.length; i++) {
      if (java.util.Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }
}
