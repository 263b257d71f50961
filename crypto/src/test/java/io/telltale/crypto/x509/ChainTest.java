package io.telltale.crypto.x509;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer.Authority;
import io.telltale.crypto.x509.TrustedRoots.Verdict;
import io.telltale.crypto.x509.TrustedRoots.Why;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChainTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final SubjectName NAME =
      SubjectName.uri("spiffe://telltale.local/default/device/a");

  private final KeyPair rootKey = EcdsaP256.generate();
  private final X509Certificate root =
      CertificateIssuer.selfSigned(authority("root", 1), rootKey.getPublic(), rootKey.getPrivate());
  private final KeyPair issuingKey = EcdsaP256.generate();
  private final X509Certificate issuing =
      new CertificateIssuer(root, rootKey.getPrivate())
          .issueAuthority(authority("issuing", 2), issuingKey.getPublic());
  private final CertificateIssuer issuer = new CertificateIssuer(issuing, issuingKey.getPrivate());
  private final KeyPair leafKey = EcdsaP256.generate();
  private final X509Certificate leaf = issuer.issue(template(NOW, Set.of(Usage.CLIENT)));
  private final TrustedRoots roots = new TrustedRoots(List.of(root));

  @Test
  void trusts_a_chain_with_and_without_its_root() {
    for (var chain : List.of(List.of(leaf, issuing), List.of(leaf, issuing, root))) {
      assertThat(roots.check(chain, Usage.CLIENT, NOW)).isInstanceOf(Verdict.Trusted.class);
    }
    assertThat(((Verdict.Trusted) roots.check(List.of(leaf, issuing), Usage.CLIENT, NOW)).issuer())
        .isEqualTo(Certificates.fingerprint(issuing));
  }

  @Test
  void says_why_it_does_not_trust() {
    KeyPair otherKey = EcdsaP256.generate();
    X509Certificate selfMade =
        CertificateIssuer.selfSigned(
            authority("root", 1), otherKey.getPublic(), otherKey.getPrivate());
    X509Certificate belowOther =
        new CertificateIssuer(selfMade, otherKey.getPrivate())
            .issue(template(NOW, Set.of(Usage.CLIENT)));
    X509Certificate belowLeaf =
        new CertificateIssuer(leaf, leafKey.getPrivate())
            .issue(template(NOW, Set.of(Usage.CLIENT)));
    X509Certificate thirdLevel = issuer.issueAuthority(authority("third", 3), otherKey.getPublic());
    X509Certificate belowThird =
        new CertificateIssuer(thirdLevel, otherKey.getPrivate())
            .issue(template(NOW, Set.of(Usage.CLIENT)));
    X509Certificate impostor =
        new CertificateIssuer(
                CertificateIssuer.selfSigned(
                    authority("issuing", 2), otherKey.getPublic(), otherKey.getPrivate()),
                otherKey.getPrivate())
            .issue(template(NOW, Set.of(Usage.CLIENT)));

    assertThat(why()).isEqualTo(Why.NO_CERTIFICATE);
    assertThat(why(leaf)).isEqualTo(Why.UNKNOWN_ISSUER);
    assertThat(why(belowOther, selfMade)).isEqualTo(Why.UNKNOWN_ISSUER);
    assertThat(why(impostor, issuing)).isEqualTo(Why.BAD_SIGNATURE);
    assertThat(EnumSet.allOf(Why.class))
        .filteredOn(Why::isForeign)
        .containsExactly(Why.UNKNOWN_ISSUER, Why.BAD_SIGNATURE);
    assertThat(why(selfMade)).isEqualTo(Why.LEAF_IS_A_CA);
    assertThat(why(belowLeaf, leaf, issuing)).isEqualTo(Why.ISSUER_NOT_A_CA);
    assertThat(why(belowThird, thirdLevel, issuing)).isEqualTo(Why.ISSUER_NOT_A_CA);
    assertThat(why(leaf, issuing, issuing, issuing, root)).isEqualTo(Why.CHAIN_TOO_LONG);
    assertThat(why(issuer.issue(template(NOW.plusSeconds(60), Set.of(Usage.CLIENT))), issuing))
        .isEqualTo(Why.NOT_YET_VALID);
    assertThat(
            why(
                issuer.issue(template(NOW.minus(Duration.ofDays(2)), Set.of(Usage.CLIENT))),
                issuing))
        .isEqualTo(Why.EXPIRED);
    assertThat(why(issuer.issue(template(NOW, Set.of(Usage.SERVER))), issuing))
        .isEqualTo(Why.WRONG_USAGE);
  }

  @Test
  void reads_back_what_it_wrote() {
    CertificateFacts facts = CertificateFacts.of(leaf).orElseThrow();
    assertThat(facts.names()).containsExactly(NAME);
    assertThat(facts.keyUsage()).isEqualTo(CertificateFacts.DIGITAL_SIGNATURE);
    assertThat(facts.extendedKeyUsage()).containsExactly(Usage.CLIENT.oid());
    assertThat(facts.authority()).isFalse();
    assertThat(facts.ecdsaSha256()).isTrue();
    assertThat(facts.criticalExtensions()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
    assertThat(leaf.getSerialNumber()).isEqualTo(BigInteger.valueOf(77));
    assertThat(CertificateFacts.signedBy(leaf, issuing.getPublicKey())).isTrue();
    assertThat(CertificateFacts.signedBy(leaf, root.getPublicKey())).isFalse();
  }

  @Test
  void pem_and_pkcs7_keep_the_certificates_and_their_order() {
    var chain = List.of(leaf, issuing, root);
    assertThat(Pem.readCertificates(Pem.certificates(chain))).contains(chain);
    assertThat(Pkcs7.parse(Pkcs7.certsOnly(chain))).contains(chain);
    assertThat(Pem.readCertificates("-----BEGIN CERTIFICATE-----\nAAAA")).isEmpty();
    assertThat(Pem.readCertificates("nothing here")).isEmpty();
    assertThat(Pkcs7.parse(new byte[] {0x30, 0})).isEmpty();
    assertThat(Pkcs7.parse(Certificates.der(leaf))).isEmpty();
  }

  @Test
  void lists_revoked_serials_with_reason_and_number() throws Exception {
    byte[] der =
        issuer
            .crl(
                BigInteger.TEN,
                NOW,
                NOW.plus(Duration.ofDays(1)),
                List.of(
                    new CertificateIssuer.Revoked(BigInteger.valueOf(77), NOW, 1),
                    new CertificateIssuer.Revoked(BigInteger.valueOf(78), NOW, 0)))
            .toArray();
    var crl = (java.security.cert.X509CRL) Pem.factory().generateCRL(Pem.stream(der));
    crl.verify(issuing.getPublicKey());
    assertThat(crl.isRevoked(leaf)).isTrue();
    X509CRLEntry entry = crl.getRevokedCertificate(BigInteger.valueOf(77));
    assertThat(entry.getRevocationReason()).isEqualTo(java.security.cert.CRLReason.KEY_COMPROMISE);
    assertThat(crl.getRevokedCertificate(BigInteger.valueOf(78)).getRevocationReason()).isNull();
    assertThat(crl.getNextUpdate().toInstant()).isEqualTo(NOW.plus(Duration.ofDays(1)));
  }

  private Why why(X509Certificate... chain) {
    return switch (roots.check(List.of(chain), Usage.CLIENT, NOW)) {
      case Verdict.Trusted trusted -> throw new AssertionError("trusted " + trusted.facts());
      case Verdict.Untrusted(var why) -> why;
    };
  }

  private static Authority authority(String name, long serial) {
    return new Authority(
        name,
        BigInteger.valueOf(serial),
        NOW.minus(Duration.ofDays(5)),
        NOW.plus(Duration.ofDays(365)));
  }

  private CertificateTemplate template(Instant from, Set<Usage> usages) {
    return new CertificateTemplate(
        "a",
        leafKey.getPublic(),
        BigInteger.valueOf(77),
        from,
        from.plus(Duration.ofDays(1)),
        List.of(NAME),
        usages,
        Optional.of(new StatusPlaces("http://localhost/crl/issuing.crl", "http://localhost/ocsp")));
  }
}
