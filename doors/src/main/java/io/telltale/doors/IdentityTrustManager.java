package io.telltale.doors;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Puts a listener's {@link PeerCheck} where the TLS engine asks; a door never trusts a server. */
final class IdentityTrustManager extends X509ExtendedTrustManager {
  private final PeerCheck check;

  IdentityTrustManager(PeerCheck check) {
    this.check = check;
  }

  /** Carries the cause through the TLS engine to where it is counted; has no text for the peer. */
  static final class RefusedPeer extends CertificateException {
    private static final long serialVersionUID = 1L;
    private final Cause why;

    RefusedPeer(Cause why) {
      super(why.label());
      this.why = why;
    }

    Cause why() {
      return why;
    }
  }

  private void decide(X509Certificate[] chain) throws CertificateException {
    if (chain.length == 0) {
      throw new RefusedPeer(Cause.NO_CERTIFICATE);
    }
    PeerVerdict verdict;
    try {
      verdict = check.check(List.of(chain));
    } catch (RuntimeException e) {
      // A bug while judging must end in a refusal, never in a connection.
      throw new CertificateException("the check failed", e);
    }
    if (verdict instanceof PeerVerdict.Refused(Cause why)) {
      throw new RefusedPeer(why);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    decide(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    decide(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    decide(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("a door is no client");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("a door is no client");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("a door is no client");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return check.authorities().toArray(X509Certificate[]::new);
  }
}
