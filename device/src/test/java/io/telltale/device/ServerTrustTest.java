package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

/** Firm ground 9e: a device checks a server as a server checks a device. */
class ServerTrustTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final String DOOR = TestAuthority.DOOR;
  private static final String ECDSA = "SHA256withECDSA";

  private final Ca root = Ca.root(EcdsaP256.generate(), ECDSA, caOf(1));

  @Test
  void believes_a_server_below_our_root_with_and_without_what_a_stranger_adds() throws Exception {
    Ca issuing = root.ca(EcdsaP256.generate(), ECDSA, caOf(0));
    X509Certificate leaf = issuing.leaf(EcdsaP256.generate().getPublic());
    assertThatCode(() -> check(leaf, issuing.certificate)).doesNotThrowAnyException();
    assertThatCode(() -> check(leaf, issuing.certificate, root.certificate))
        .doesNotThrowAnyException();
  }

  @Test
  void refuses_keys_and_signatures_that_a_door_refuses() throws Exception {
    KeyPair dsa = pair("DSA", 2_048);
    KeyPair rsa = pair("RSA", 1_024);
    X509Certificate weakLeaf = root.leaf(rsa.getPublic());
    X509Certificate dsaLeaf = root.leaf(dsa.getPublic());
    Ca dsaCa = root.ca(dsa, "SHA256withDSA", caOf(0));
    Ca rsaCa = root.ca(rsa, "SHA256withRSA", caOf(0));
    Ca sha1 = root.ca(EcdsaP256.generate(), "SHA1withECDSA", caOf(0));
    PublicKey key = EcdsaP256.generate().getPublic();

    assertRefused("key-kind", weakLeaf);
    assertRefused("key-kind", dsaLeaf);
    assertRefused("key-kind", dsaCa.leaf(key), dsaCa.certificate);
    assertRefused("key-kind", rsaCa.leaf(key), rsaCa.certificate);
    assertRefused("bad-signature", sha1.leaf(key), sha1.certificate);
  }

  @Test
  void refuses_a_ca_that_answers_as_a_server() {
    Ca posing =
        root.ca(EcdsaP256.generate(), ECDSA, caOf(0).and(serverName()).and(serverUseWish()));
    assertRefused("leaf-is-a-ca", posing.certificate);
  }

  @Test
  void holds_a_root_to_its_own_constraints() {
    KeyPair key = EcdsaP256.generate();
    for (var plain : List.of(caOf(0), new Wishes(List.of(usage(KeyUsage.keyCertSign))))) {
      Ca narrow = Ca.root(key, ECDSA, plain);
      Ca issuing = narrow.ca(EcdsaP256.generate(), ECDSA, caOf(0));
      X509Certificate leaf = issuing.leaf(EcdsaP256.generate().getPublic());
      assertThatThrownBy(() -> trust(narrow).checkServerTrusted(chain(leaf, issuing), "EC"))
          .isInstanceOf(CertificateException.class)
          .hasMessageContaining("issuer-not-a-ca");
    }
    Ca strange = Ca.root(key, ECDSA, caOf(1).and(wish("1.2.3.4", true, DERNull.INSTANCE)));
    X509Certificate leaf = strange.leaf(EcdsaP256.generate().getPublic());
    assertThatThrownBy(() -> trust(strange).checkServerTrusted(new X509Certificate[] {leaf}, "EC"))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining("unknown-critical-extension");
  }

  @Test
  void refuses_constraints_on_names_of_any_kind_and_never_throws_anything_else() {
    var otherName =
        new GeneralName(
            GeneralName.otherName,
            new DERSequence(
                new ASN1Encodable[] {
                  new ASN1ObjectIdentifier("1.2.3"),
                  new DERTaggedObject(true, 0, new DERUTF8String("x"))
                }));
    var uri = new GeneralName(GeneralName.uniformResourceIdentifier, "elsewhere");
    for (GeneralName base : List.of(otherName, uri)) {
      for (boolean critical : new boolean[] {true, false}) {
        var only = new NameConstraints(new GeneralSubtree[] {new GeneralSubtree(base)}, null);
        Ca ca =
            root.ca(EcdsaP256.generate(), ECDSA, caOf(0).and(wish("2.5.29.30", critical, only)));
        assertRefused(
            "unknown-critical-extension",
            ca.leaf(EcdsaP256.generate().getPublic()),
            ca.certificate);
      }
    }
    Ca named = root.ca(EcdsaP256.generate(), ECDSA, caOf(0));
    Wishes odd = serverUse().and(usage(KeyUsage.digitalSignature)).and(name(otherName));
    X509Certificate leaf = named.make(EcdsaP256.generate().getPublic(), "leaf", odd);
    assertThatThrownBy(() -> check(leaf, named.certificate))
        .isInstanceOf(CertificateException.class)
        .hasMessageContaining("the server is not " + DOOR);
  }

  // A pinned key that merely lies beside the chain says nothing about who answers.
  @Test
  void a_pin_holds_only_on_the_way_to_the_root() {
    Ca pinned = root.ca(EcdsaP256.generate(), ECDSA, caOf(0));
    Ca other = root.ca(EcdsaP256.generate(), ECDSA, caOf(0));
    X509Certificate leaf = other.leaf(EcdsaP256.generate().getPublic());
    byte[] spki = pinned.certificate.getPublicKey().getEncoded();
    String pin =
        java.util.Base64.getEncoder()
            .encodeToString(io.telltale.kernel.Hash.sha256(spki).value().toArray());
    var trust =
        new ServerTrust(
            new TrustedRoots(List.of(root.certificate)), DOOR, Optional.of(pin), () -> NOW);
    assertThatThrownBy(
            () ->
                trust.checkServerTrusted(
                    new X509Certificate[] {leaf, other.certificate, pinned.certificate}, "EC"))
        .hasMessageContaining("expected pin");
  }

  private void assertRefused(String why, X509Certificate... chain) {
    assertThatThrownBy(() -> check(chain))
        .isInstanceOf(CertificateException.class)
        .hasMessageEndingWith(why);
    assertThat(new TrustedRoots(List.of(root.certificate)).check(List.of(chain), Usage.SERVER, NOW))
        .isInstanceOf(TrustedRoots.Verdict.Untrusted.class);
  }

  private void check(X509Certificate... chain) throws CertificateException {
    trust(root).checkServerTrusted(chain, "EC");
  }

  private static ServerTrust trust(Ca anchor) {
    return new ServerTrust(
        new TrustedRoots(List.of(anchor.certificate)), DOOR, Optional.empty(), () -> NOW);
  }

  private static X509Certificate[] chain(X509Certificate leaf, Ca issuing) {
    return new X509Certificate[] {leaf, issuing.certificate};
  }

  private static KeyPair pair(String algorithm, int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private record Wish(String oid, boolean critical, ASN1Encodable value) {}

  private record Wishes(List<Wish> all) {
    Wishes and(Wish one) {
      var more = new ArrayList<>(all);
      more.add(one);
      return new Wishes(more);
    }
  }

  private static Wish wish(String oid, boolean critical, ASN1Encodable value) {
    return new Wish(oid, critical, value);
  }

  private static Wish usage(int bits) {
    return wish(Extension.keyUsage.getId(), true, new KeyUsage(bits));
  }

  private static Wishes caOf(int pathLength) {
    return new Wishes(
        List.of(
            wish(Extension.basicConstraints.getId(), true, new BasicConstraints(pathLength)),
            usage(KeyUsage.keyCertSign)));
  }

  private static Wish name(GeneralName name) {
    return wish(Extension.subjectAlternativeName.getId(), false, new GeneralNames(name));
  }

  private static Wish serverName() {
    return name(new GeneralName(GeneralName.uniformResourceIdentifier, DOOR));
  }

  private static Wishes serverUse() {
    return new Wishes(List.of(serverUseWish()));
  }

  private static Wish serverUseWish() {
    return wish(
        Extension.extendedKeyUsage.getId(),
        false,
        new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
  }

  /** A CA that signs anything, under any algorithm. */
  private record Ca(X509Certificate certificate, KeyPair pair, String algorithm) {
    static Ca root(KeyPair pair, String algorithm, Wishes wishes) {
      var name = new X500Name("CN=root");
      return new Ca(
          signed(new Signed(name, name, pair.getPublic(), wishes), pair, algorithm),
          pair,
          algorithm);
    }

    Ca ca(KeyPair below, String belowAlgorithm, Wishes wishes) {
      return new Ca(make(below.getPublic(), "issuing", wishes), below, belowAlgorithm);
    }

    X509Certificate leaf(PublicKey key) {
      return make(key, "leaf", serverUse().and(usage(KeyUsage.digitalSignature)).and(serverName()));
    }

    X509Certificate make(PublicKey key, String name, Wishes wishes) {
      var issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
      return signed(new Signed(issuer, new X500Name("CN=" + name), key, wishes), pair, algorithm);
    }

    private record Signed(X500Name issuer, X500Name subject, PublicKey key, Wishes wishes) {}

    private static X509Certificate signed(Signed what, KeyPair by, String algorithm) {
      try {
        var builder =
            new JcaX509v3CertificateBuilder(
                what.issuer(),
                BigInteger.valueOf(System.nanoTime()),
                Date.from(NOW.minusSeconds(3_600)),
                Date.from(NOW.plusSeconds(3_600)),
                what.subject(),
                what.key());
        for (Wish wish : what.wishes().all()) {
          builder.addExtension(new ASN1ObjectIdentifier(wish.oid()), wish.critical(), wish.value());
        }
        var signer = new JcaContentSignerBuilder(algorithm).build(by.getPrivate());
        return Certificates.parse(builder.build(signer).getEncoded()).orElseThrow();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }
}
