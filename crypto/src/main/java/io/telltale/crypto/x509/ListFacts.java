package io.telltale.crypto.x509;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CRLEntryHolder;
import org.bouncycastle.cert.X509CRLHolder;

/** What a CRL of ours says of itself (RFC 5280 sections 5.1.2.5 and 5.2.3). */
public record ListFacts(BigInteger number, Instant nextUpdate) {
  /** Empty when {@code der} is no CRL with a number and a next update. */
  public static Optional<ListFacts> of(Bytes der) {
    try {
      var list = new X509CRLHolder(der.toArray());
      Extension number = list.getExtension(Extension.cRLNumber);
      return number == null || list.getNextUpdate() == null
          ? Optional.empty()
          : Optional.of(
              new ListFacts(
                  CRLNumber.getInstance(number.getParsedValue()).getCRLNumber(),
                  list.getNextUpdate().toInstant()));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** The serial numbers that it lists; none for what is no list. */
  public static Set<BigInteger> revoked(Bytes der) {
    return lines(der).stream().map(Revoked::serial).collect(Collectors.toSet());
  }

  /** What it lists; nothing for what is no list. */
  public static List<Revoked> lines(Bytes der) {
    try {
      var lines = new ArrayList<Revoked>();
      for (Object one : new X509CRLHolder(der.toArray()).getRevokedCertificates()) {
        lines.add(line((X509CRLEntryHolder) one));
      }
      return lines;
    } catch (IOException | RuntimeException e) {
      return List.of();
    }
  }

  private static Revoked line(X509CRLEntryHolder entry) {
    Extension reason = entry.getExtension(Extension.reasonCode);
    return new Revoked(
        entry.getSerialNumber(),
        entry.getRevocationDate().toInstant(),
        reason == null
            ? CRLReason.unspecified
            : CRLReason.getInstance(reason.getParsedValue()).getValue().intValue());
  }

  /** Whether {@code key} signed the list; false for what is no list. */
  public static boolean signedBy(Bytes der, PublicKey key) {
    try {
      var list = new X509CRLHolder(der.toArray());
      return X9ObjectIdentifiers.ecdsa_with_SHA256.equals(
              list.toASN1Structure().getSignatureAlgorithm().getAlgorithm())
          && EcdsaP256.verifyDer(
              key,
              Bytes.adopt(list.toASN1Structure().getTBSCertList().getEncoded()),
              Bytes.adopt(list.toASN1Structure().getSignature().getOctets()));
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }
}
