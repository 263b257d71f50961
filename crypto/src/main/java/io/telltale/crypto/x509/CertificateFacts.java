package io.telltale.crypto.x509;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateRequest.NamePart;
import io.telltale.kernel.Bytes;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * What a certificate really says, read back from its DER: for checks after signing and for trust
 * decisions that must not believe a library's summary.
 */
public record CertificateFacts(
    BigInteger serial,
    List<NamePart> subject,
    Instant notBefore,
    Instant notAfter,
    List<SubjectName> names,
    boolean authority,
    int keyUsage,
    Set<String> extendedKeyUsage,
    Set<String> extensions,
    Set<String> criticalExtensions,
    boolean ecdsaSha256) {
  public CertificateFacts {
    subject = List.copyOf(subject);
    names = List.copyOf(names);
    extendedKeyUsage = Set.copyOf(extendedKeyUsage);
    extensions = Set.copyOf(extensions);
    criticalExtensions = Set.copyOf(criticalExtensions);
  }

  /** Key usage: only digitalSignature. */
  public static final int DIGITAL_SIGNATURE = 1 << 7;

  /** The bit of keyUsage. */
  public static final int KEY_CERT_SIGN = 1 << 2;

  /** The bit of keyUsage. */
  public static final int CRL_SIGN = 1 << 1;

  /** Empty when it is not version 3 or an extension's value cannot be read. */
  public static Optional<CertificateFacts> of(X509Certificate certificate) {
    try {
      var parsed = Certificate.getInstance(Certificates.der(certificate));
      return parsed.getVersionNumber() == 3 ? Optional.of(read(parsed)) : Optional.empty();
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /** Whether {@code key} signed the certificate, with ECDSA and SHA-256. */
  public static boolean signedBy(X509Certificate certificate, PublicKey key) {
    try {
      return X9ObjectIdentifiers.ecdsa_with_SHA256.getId().equals(certificate.getSigAlgOID())
          && EcdsaP256.verifyDer(
              key,
              Bytes.adopt(certificate.getTBSCertificate()),
              Bytes.adopt(certificate.getSignature()));
    } catch (java.security.cert.CertificateEncodingException e) {
      return false;
    }
  }

  private static CertificateFacts read(Certificate certificate) {
    TBSCertificate signed = certificate.getTBSCertificate();
    var extensions = signed.getExtensions();
    var all = new HashSet<String>();
    var critical = new HashSet<String>();
    for (ASN1ObjectIdentifier oid : extensions.getExtensionOIDs()) {
      all.add(oid.getId());
      if (extensions.getExtension(oid).isCritical()) {
        critical.add(oid.getId());
      }
    }
    Extension names = extensions.getExtension(Extension.subjectAlternativeName);
    return new CertificateFacts(
        signed.getSerialNumber().getPositiveValue(),
        RequestReader.nameParts(signed.getSubject().getRDNs()),
        signed.getStartDate().getDate().toInstant(),
        signed.getEndDate().getDate().toInstant(),
        names == null ? List.of() : ExtensionValues.names(names.getParsedValue()),
        ExtensionValues.ca(extensions.getExtension(Extension.basicConstraints)),
        ExtensionValues.keyUsage(extensions.getExtension(Extension.keyUsage)),
        Set.copyOf(ExtensionValues.purposes(extensions.getExtension(Extension.extendedKeyUsage))),
        all,
        critical,
        X9ObjectIdentifiers.ecdsa_with_SHA256.equals(
                certificate.getSignatureAlgorithm().getAlgorithm())
            && certificate.getSignatureAlgorithm().equals(signed.getSignature()));
  }
}
