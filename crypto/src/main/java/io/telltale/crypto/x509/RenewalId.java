package io.telltale.crypto.x509;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/** What names a certificate to whoever says when to renew it (RFC 9773 section 4.1). */
public record RenewalId(Bytes keyIdentifier, BigInteger serial) {
  // RFC 5280 section 4.1.2.2: 20 octets; a key identifier is a hash.
  private static final int OCTETS_MAX = 64;
  private static final int CHARS_MAX = 2 * OCTETS_MAX;
  private static final String AUTHORITY_KEY = "2.5.29.35";
  private static final String SUBJECT_KEY = "2.5.29.14";

  /** Empty for what is not the one spelling of an id. */
  public static Optional<RenewalId> parse(String text) {
    int dot = text.indexOf('.');
    if (text.length() > CHARS_MAX || dot < 0) {
      return Optional.empty();
    }
    Optional<Bytes> serial = octets(text.substring(dot + 1)).filter(RenewalId::isSerial);
    return octets(text.substring(0, dot))
        .flatMap(key -> serial.map(found -> new RenewalId(key, new BigInteger(found.toArray()))));
  }

  /** Empty where the certificate does not name its issuer's key. */
  public static Optional<RenewalId> of(X509Certificate certificate) {
    return extension(certificate, AUTHORITY_KEY)
        .map(der -> AuthorityKeyIdentifier.getInstance(der).getKeyIdentifierOctets())
        .map(key -> new RenewalId(Bytes.copyOf(key), certificate.getSerialNumber()));
  }

  /** Whether the certificate that this names says that {@code issuer} signed it. */
  public boolean isOf(X509Certificate issuer) {
    return extension(issuer, SUBJECT_KEY)
        .map(der -> SubjectKeyIdentifier.getInstance(der).getKeyIdentifier())
        .filter(key -> Arrays.equals(key, keyIdentifier.toArray()))
        .isPresent();
  }

  /** As it stands in a path. */
  public String text() {
    Bytes octets = Bytes.adopt(serial.toByteArray());
    return Base64Text.forUrl(keyIdentifier) + "." + Base64Text.forUrl(octets);
  }

  private static Optional<byte[]> extension(X509Certificate certificate, String oid) {
    return Optional.ofNullable(certificate.getExtensionValue(oid))
        .map(der -> ASN1OctetString.getInstance(der).getOctets());
  }

  private static Optional<Bytes> octets(String text) {
    return Base64Text.parseUrl(text).filter(octets -> octets.size() > 0);
  }

  private static boolean isSerial(Bytes octets) {
    var number = new BigInteger(octets.toArray());
    return number.signum() > 0 && Bytes.adopt(number.toByteArray()).equals(octets);
  }
}
