package io.telltale.crypto.x509;

import io.telltale.crypto.SigningKey;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509ExtensionUtils;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.bc.BcX509ExtensionUtils;

/**
 * Signs certificates and CRLs in one CA's name. It signs what it is told: profiles and records are
 * the caller's. Holds the CA's private key, or what reaches it.
 */
public final class CertificateIssuer {
  private static final X509ExtensionUtils EXTENSIONS = new BcX509ExtensionUtils();

  private final X509Certificate certificate;
  private final SigningKey key;

  /** With a key in this process. */
  public CertificateIssuer(X509Certificate certificate, PrivateKey key) {
    this(certificate, SigningKey.of(key));
  }

  /**
   * With a key wherever it is; all that signs throws {@link
   * io.telltale.kernel.UnavailableException} when that place cannot now, this too.
   */
  public CertificateIssuer(X509Certificate certificate, SigningKey key) {
    if (!key.isPairOf(certificate.getPublicKey())) {
      throw new IllegalArgumentException("the key is not the certificate's");
    }
    this.certificate = certificate;
    this.key = key;
  }

  public X509Certificate certificate() {
    return certificate;
  }

  /** What a CA certificate says of itself. */
  public record Authority(
      String commonName, BigInteger serial, Instant notBefore, Instant notAfter) {}

  /** A self-signed root that may have one level of CAs below it. */
  public static X509Certificate selfSigned(Authority authority, PublicKey key, PrivateKey signer) {
    return selfSigned(authority, key, SigningKey.of(signer));
  }

  /** The same with a key wherever it is. */
  public static X509Certificate selfSigned(Authority authority, PublicKey key, SigningKey signer) {
    X500Name name = name(authority.commonName());
    return certificateOfAuthority(authority, name, key, new Signing(name, key, signer, 1));
  }

  /** A CA below this one that may issue end-entity certificates only. */
  public X509Certificate issueAuthority(Authority authority, PublicKey subjectKey) {
    return certificateOfAuthority(authority, name(authority.commonName()), subjectKey, signing(0));
  }

  /**
   * Another key of this very root, certified by this one, so that whoever trusts either believes
   * what the other signs (RFC 9810 section 4.4: NewWithOld and OldWithNew).
   */
  public X509Certificate crossCertify(
      BigInteger serial, Instant notBefore, Instant notAfter, PublicKey key) {
    Signing signing = signing(1);
    var authority = new Authority("", serial, notBefore, notAfter);
    return certificateOfAuthority(authority, signing.issuer(), key, signing);
  }

  /** An end-entity certificate. */
  public X509Certificate issue(CertificateTemplate template) {
    X500Name subject = name(template.commonName());
    var builder =
        new X509v3CertificateBuilder(
            signing(0).issuer(),
            template.serial(),
            Date.from(template.notBefore()),
            Date.from(template.notAfter()),
            subject,
            SubjectPublicKeyInfo.getInstance(template.key().getEncoded()));
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, false, purposes(template));
      // RFC 5280 section 4.1.2.6: with an empty subject the names are critical.
      builder.addExtension(
          Extension.subjectAlternativeName, template.commonName().isEmpty(), names(template));
      keyIdentifiers(builder, template.key(), certificate.getPublicKey());
      if (template.usages().contains(Usage.OCSP_SIGNING)) {
        // RFC 6960 section 4.2.2.2.1: nobody asks the responder about itself.
        builder.addExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nocheck, false, DERNull.INSTANCE);
      }
      if (template.status().isPresent()) {
        StatusPlaces status = template.status().get();
        builder.addExtension(Extension.cRLDistributionPoints, false, crlAt(status.crl()));
        builder.addExtension(Extension.authorityInfoAccess, false, ocspAt(status.ocsp()));
      }
      return finish(builder, key);
    } catch (IOException e) {
      throw new IllegalStateException("encoding in memory", e);
    }
  }

  /** One line of a CRL; {@code reason} is a code of RFC 5280 section 5.3.1, 0 for unspecified. */
  public record Revoked(BigInteger serial, Instant when, int reason) {}

  /** A full CRL as DER, see below. */
  public Bytes crl(
      BigInteger number, Instant thisUpdate, Instant nextUpdate, Collection<Revoked> revoked) {
    return crl(new ListScope.Full(Optional.empty()), number, thisUpdate, nextUpdate, revoked);
  }

  /** A CRL (RFC 5280 section 5) as DER; {@code revoked} are what the scope says. */
  public Bytes crl(
      ListScope scope,
      BigInteger number,
      Instant thisUpdate,
      Instant nextUpdate,
      Collection<Revoked> revoked) {
    var builder = new X509v2CRLBuilder(signing(0).issuer(), Date.from(thisUpdate));
    builder.setNextUpdate(Date.from(nextUpdate));
    for (Revoked line : revoked) {
      // Section 5.3.1: unspecified is expressed by leaving the code out.
      if (line.reason() == CRLReason.unspecified) {
        builder.addCRLEntry(line.serial(), Date.from(line.when()), (Extensions) null);
      } else {
        builder.addCRLEntry(line.serial(), Date.from(line.when()), line.reason());
      }
    }
    try {
      builder.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          EXTENSIONS.createAuthorityKeyIdentifier(keyInfo(certificate.getPublicKey())));
      scope(builder, scope);
      return Bytes.adopt(builder.build(new KeySigner(key)).getEncoded());
    } catch (IOException e) {
      throw new IllegalStateException("encoding in memory", e);
    }
  }

  private static void scope(X509v2CRLBuilder builder, ListScope scope) throws IOException {
    switch (scope) {
      case ListScope.Full(Optional<String> freshest) -> {
        if (freshest.isPresent()) {
          builder.addExtension(Extension.freshestCRL, false, crlAt(freshest.get()));
        }
      }
      case ListScope.Delta(BigInteger base) ->
          builder.addExtension(Extension.deltaCRLIndicator, true, new CRLNumber(base));
      case ListScope.Shard(String uri) ->
          builder.addExtension(
              Extension.issuingDistributionPoint,
              true,
              new IssuingDistributionPoint(place(uri), true, false, null, false, false));
    }
  }

  private record Signing(X500Name issuer, PublicKey key, SigningKey signer, int pathLength) {}

  private Signing signing(int pathLength) {
    X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    return new Signing(issuer, certificate.getPublicKey(), key, pathLength);
  }

  private static X509Certificate certificateOfAuthority(
      Authority authority, X500Name subject, PublicKey subjectKey, Signing signing) {
    var builder =
        new X509v3CertificateBuilder(
            signing.issuer(),
            authority.serial(),
            Date.from(authority.notBefore()),
            Date.from(authority.notAfter()),
            subject,
            keyInfo(subjectKey));
    try {
      builder.addExtension(
          Extension.basicConstraints, true, new BasicConstraints(signing.pathLength()));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      keyIdentifiers(builder, subjectKey, signing.key());
      return finish(builder, signing.signer());
    } catch (IOException e) {
      throw new IllegalStateException("encoding in memory", e);
    }
  }

  private static void keyIdentifiers(
      X509v3CertificateBuilder builder, PublicKey subject, PublicKey issuer) throws IOException {
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        false,
        EXTENSIONS.createSubjectKeyIdentifier(keyInfo(subject)));
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        false,
        EXTENSIONS.createAuthorityKeyIdentifier(keyInfo(issuer)));
  }

  private static X509Certificate finish(X509v3CertificateBuilder builder, SigningKey signer)
      throws IOException {
    byte[] der = builder.build(new KeySigner(signer)).getEncoded();
    return Certificates.parse(der)
        .orElseThrow(() -> new IllegalStateException("a certificate of ours does not parse"));
  }

  private static SubjectPublicKeyInfo keyInfo(PublicKey key) {
    return SubjectPublicKeyInfo.getInstance(key.getEncoded());
  }

  private static X500Name name(String commonName) {
    var builder = new X500NameBuilder(BCStyle.INSTANCE);
    return commonName.isEmpty() ? builder.build() : builder.addRDN(BCStyle.CN, commonName).build();
  }

  private static GeneralNames names(CertificateTemplate template) {
    return new GeneralNames(
        template.names().stream().map(ExtensionValues::toGeneralName).toArray(GeneralName[]::new));
  }

  private static ExtendedKeyUsage purposes(CertificateTemplate template) {
    List<KeyPurposeId> purposes = new ArrayList<>();
    for (Usage usage : EnumSet.copyOf(template.usages())) {
      purposes.add(usage.purpose());
    }
    return new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new));
  }

  private static AuthorityInformationAccess ocspAt(String uri) {
    return new AuthorityInformationAccess(
        AccessDescription.id_ad_ocsp, new GeneralName(GeneralName.uniformResourceIdentifier, uri));
  }

  private static CRLDistPoint crlAt(String uri) {
    return new CRLDistPoint(
        new DistributionPoint[] {new DistributionPoint(place(uri), null, null)});
  }

  private static DistributionPointName place(String uri) {
    return new DistributionPointName(
        new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
  }
}
