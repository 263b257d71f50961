package io.telltale.device;

import io.telltale.kernel.Hash;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes a server only with a valid chain to our roots, the server purpose and the expected
 * SPIFFE id: a valid certificate for another name is refused (TR-4).
 */
final class ServerTrust extends X509ExtendedTrustManager {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final int URI_NAME = 6;

  private final Set<TrustAnchor> anchors;
  private final String serverId;
  private final Optional<String> pin;

  /**
   * @param pin base64 of the SHA-256 of a public key (SPKI) that must be in the chain
   */
  ServerTrust(List<X509Certificate> roots, String serverId, Optional<String> pin) {
    this.anchors =
        roots.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet());
    this.serverId = serverId;
    this.pin = pin;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    try {
      var path =
          CertificateFactory.getInstance("X.509")
              .generateCertPath(
                  Arrays.stream(chain).filter(certificate -> !isAnchor(certificate)).toList());
      var parameters = new PKIXParameters(anchors);
      // No CRL at a device: server certificates are short-lived.
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX").validate(path, parameters);
    } catch (GeneralSecurityException e) {
      throw new CertificateException("the server's chain does not lead to a trusted root", e);
    }
    List<String> purposes = chain[0].getExtendedKeyUsage();
    if (purposes == null || !purposes.contains(SERVER_AUTH)) {
      throw new CertificateException("the server's certificate is not one of a server");
    }
    Collection<List<?>> names = chain[0].getSubjectAlternativeNames();
    if (names == null || names.stream().noneMatch(this::isExpected)) {
      throw new CertificateException("the server is not " + serverId);
    }
    if (pin.isPresent() && Arrays.stream(chain).noneMatch(this::isPinned)) {
      throw new CertificateException("no key of the server's chain has the expected pin");
    }
  }

  private boolean isPinned(X509Certificate certificate) {
    byte[] digest = Hash.sha256(certificate.getPublicKey().getEncoded()).value().borrow();
    return pin.filter(Base64.getEncoder().encodeToString(digest)::equals).isPresent();
  }

  private boolean isAnchor(X509Certificate certificate) {
    return anchors.stream().anyMatch(anchor -> certificate.equals(anchor.getTrustedCert()));
  }

  private boolean isExpected(List<?> name) {
    return name.get(0).equals(URI_NAME) && name.get(1).equals(serverId);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("a device accepts no clients");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("a device accepts no clients");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("a device accepts no clients");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return anchors.stream().map(TrustAnchor::getTrustedCert).toArray(X509Certificate[]::new);
  }
}
