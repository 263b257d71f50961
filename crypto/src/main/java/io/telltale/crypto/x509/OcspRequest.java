package io.telltale.crypto.x509;

import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.Req;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;

/**
 * What an OCSP request asks (RFC 6960 section 4.1). Its signature, if it has one, is passed over:
 * whoever asks gets the same answer.
 *
 * @param asked 1 to {@value #ASKED_MAX} certificates
 * @param nonce 1 to {@value #NONCE_BYTES_MAX} bytes (RFC 9654 section 2.1)
 */
public record OcspRequest(List<Asked> asked, Optional<Bytes> nonce) {
  public static final int ASKED_MAX = 16;
  public static final int NONCE_BYTES_MAX = 128;

  static final DigestCalculatorProvider DIGESTS = new BcDigestCalculatorProvider();

  private static final int SERIAL_BITS_MAX = 160;

  public OcspRequest {
    asked = List.copyOf(asked);
  }

  /** One certificate, by its issuer and its serial number. */
  public static final class Asked {
    private final CertificateID id;

    private Asked(CertificateID id) {
      this.id = id;
    }

    /** As if {@code certificate} of {@code issuer} had been asked about. */
    public static Asked of(X509Certificate certificate, X509Certificate issuer) {
      try {
        return new Asked(
            new CertificateID(
                // A name and no more: others find an answer by this hash (RFC 5019, 2.1.1).
                DIGESTS.get(CertificateID.HASH_SHA1),
                new X509CertificateHolder(issuer.getEncoded()),
                certificate.getSerialNumber()));
      } catch (OCSPException
          | OperatorCreationException
          | IOException
          | CertificateEncodingException e) {
        throw new IllegalStateException("a certificate of ours does not encode", e);
      }
    }

    CertificateID id() {
      return id;
    }

    public BigInteger serial() {
      return id.getSerialNumber();
    }

    /** Whether {@code issuer} is meant, by name and key; false for a hash that we do not know. */
    public boolean isOf(X509Certificate issuer) {
      try {
        return id.matchesIssuer(new X509CertificateHolder(issuer.getEncoded()), DIGESTS);
      } catch (OCSPException e) {
        return false;
      } catch (IOException | CertificateEncodingException e) {
        throw new IllegalStateException("a certificate of ours does not encode", e);
      }
    }
  }

  /** Empty for what is no request that can be answered. */
  public static Optional<OcspRequest> parse(byte[] der) {
    if (!Der.wellFormed(der)) {
      return Optional.empty();
    }
    try {
      var request = new OCSPReq(der);
      Req[] list = request.getRequestList();
      if (list.length < 1 || list.length > ASKED_MAX || !isUnderstood(request)) {
        return Optional.empty();
      }
      var asked = new ArrayList<Asked>();
      for (Req one : list) {
        // Read to its end here, where a failure is the asker's.
        CertificateID id = one.getCertID();
        if (id.getSerialNumber().signum() <= 0
            || id.getSerialNumber().bitLength() > SERIAL_BITS_MAX
            || id.getIssuerKeyHash().length == 0
            || id.getIssuerNameHash().length == 0) {
          return Optional.empty();
        }
        asked.add(new Asked(id));
      }
      Extension nonce = request.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
      return nonce == null
          ? Optional.of(new OcspRequest(asked, Optional.empty()))
          : nonce(nonce).map(bytes -> new OcspRequest(asked, Optional.of(bytes)));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  // What is critical and not understood may not be passed over (RFC 6960 section 4.4).
  private static boolean isUnderstood(OCSPReq request) {
    Set<?> critical = request.getCriticalExtensionOIDs();
    return critical.stream().allMatch(OCSPObjectIdentifiers.id_pkix_ocsp_nonce::equals)
        && Arrays.stream(request.getRequestList()).noneMatch(OcspRequest::hasCritical);
  }

  private static boolean hasCritical(Req one) {
    Extensions extensions = one.getSingleRequestExtensions();
    return extensions != null && extensions.hasAnyCriticalExtensions();
  }

  private static Optional<Bytes> nonce(Extension extension) {
    byte[] bytes = ASN1OctetString.getInstance(extension.getParsedValue()).getOctets();
    return bytes.length >= 1 && bytes.length <= NONCE_BYTES_MAX
        ? Optional.of(Bytes.copyOf(bytes))
        : Optional.empty();
  }
}
