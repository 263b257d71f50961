package io.telltale.crypto.x509;

import io.telltale.kernel.Fingerprint;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** Certificates as bytes. */
public final class Certificates {
  /** Larger certificates are nobody's that we deal with. */
  public static final int DER_BYTES_MAX = 16 * 1024;

  private Certificates() {}

  public static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a parsed certificate has an encoding", e);
    }
  }

  public static Fingerprint fingerprint(X509Certificate certificate) {
    return Fingerprint.ofDer(der(certificate));
  }

  /** Empty for anything that is not exactly one well-formed certificate of bounded size. */
  public static Optional<X509Certificate> parse(byte[] der) {
    if (der.length > DER_BYTES_MAX || !Der.wellFormed(der)) {
      return Optional.empty();
    }
    try {
      return Pem.factory().generateCertificate(Pem.stream(der)) instanceof X509Certificate x509
          ? Optional.of(x509)
          : Optional.empty();
    } catch (CertificateException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
