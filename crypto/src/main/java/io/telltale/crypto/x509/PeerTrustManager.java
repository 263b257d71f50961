package io.telltale.crypto.x509;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides by one method whom a TLS end believes, whichever way the engine asks. It is the whole
 * decision: the engine's own check of host names is left out by extending this class.
 */
public abstract class PeerTrustManager extends X509ExtendedTrustManager {
  private final Usage peer;

  /** Of ends that are {@code peer}; one that is something else is refused. */
  protected PeerTrustManager(Usage peer) {
    this.peer = peer;
  }

  /** Throws for a peer that is not believed. {@code chain} begins with the leaf, as it was sent. */
  protected abstract void check(List<X509Certificate> chain) throws CertificateException;

  /** What a client that is asked for a certificate is told of who may have signed it. */
  protected List<X509Certificate> issuers() {
    return List.of();
  }

  private void check(X509Certificate[] chain, Usage as) throws CertificateException {
    if (as != peer) {
      throw new CertificateException("believes no peer of this kind");
    }
    check(List.of(chain));
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(chain, Usage.CLIENT);
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(chain, Usage.CLIENT);
  }

  @Override
  public final void checkClientTrusted(X509Certificate[] chain, String type)
      throws CertificateException {
    check(chain, Usage.CLIENT);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(chain, Usage.SERVER);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(chain, Usage.SERVER);
  }

  @Override
  public final void checkServerTrusted(X509Certificate[] chain, String type)
      throws CertificateException {
    check(chain, Usage.SERVER);
  }

  @Override
  public final X509Certificate[] getAcceptedIssuers() {
    return issuers().toArray(X509Certificate[]::new);
  }
}
