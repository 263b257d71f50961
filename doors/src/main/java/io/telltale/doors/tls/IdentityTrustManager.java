package io.telltale.doors.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import io.telltale.crypto.x509.PeerTrustManager;
import io.telltale.crypto.x509.Usage;
import io.telltale.doors.Cause;
import io.telltale.doors.PeerCheck;
import io.telltale.doors.PeerVerdict;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

/** Puts a listener's {@link PeerCheck} where the TLS engine asks; a door never trusts a server. */
public final class IdentityTrustManager extends PeerTrustManager {
  private final PeerCheck check;

  public IdentityTrustManager(PeerCheck check) {
    super(Usage.CLIENT);
    this.check = check;
  }

  /** Carries the verdict through the TLS engine to where it is told; has no text for the peer. */
  static final class RefusedPeer extends CertificateException {
    private static final long serialVersionUID = 1L;
    private final transient PeerVerdict.Refused verdict;

    RefusedPeer(PeerVerdict.Refused verdict) {
      super(verdict.cause().label());
      this.verdict = verdict;
    }

    PeerVerdict.Refused verdict() {
      return verdict;
    }
  }

  @Override
  protected void check(List<X509Certificate> chain) throws CertificateException {
    if (chain.isEmpty()) {
      throw new RefusedPeer(new PeerVerdict.Refused(Cause.NO_CERTIFICATE));
    }
    PeerVerdict verdict;
    try {
      verdict = check.check(chain);
    } catch (RuntimeException e) {
      // A bug while judging must end in a refusal, never in a connection.
      throw new CertificateException("the check failed", e);
    }
    if (verdict instanceof PeerVerdict.Refused refused) {
      throw refusal(refused);
    }
  }

  /** The engine makes its alert of the code: RFC 8446, section 6.2. */
  private static CertificateException refusal(PeerVerdict.Refused refused) {
    int code =
        switch (refused.cause()) {
          case EXPIRED -> CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED;
          case REVOKED -> CertificateVerifier.X509_V_ERR_CERT_REVOKED;
          case UNKNOWN_CA -> CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
          case SELF_SIGNED -> CertificateVerifier.X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
          case WRONG_EKU -> CertificateVerifier.X509_V_ERR_INVALID_PURPOSE;
          case NOT_YET_VALID, CERTIFICATE_MALFORMED -> CertificateVerifier.X509_V_ERR_CERT_REJECTED;
          // No alert says "not registered"; this code becomes certificate_unknown.
          default -> CertificateVerifier.X509_V_ERR_SUBJECT_ISSUER_MISMATCH;
        };
    return new OpenSslCertificateException(refused.cause().label(), new RefusedPeer(refused), code);
  }

  @Override
  protected List<X509Certificate> issuers() {
    return check.authorities();
  }
}
