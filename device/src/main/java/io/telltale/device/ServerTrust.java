package io.telltale.device;

import io.telltale.crypto.x509.ForeignChainException;
import io.telltale.crypto.x509.PeerTrustManager;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Hash;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Believes a server only with a valid chain to our roots, the server purpose and the expected
 * SPIFFE id: a valid certificate for another name is refused (TR-4).
 */
final class ServerTrust extends PeerTrustManager {
  private final TrustedRoots roots;
  private final SubjectName expected;
  private final Optional<String> pin;
  private final InstantSource clock;

  /**
   * @param pin base64 of the SHA-256 of a public key (SPKI) that must be on the way to the root
   */
  ServerTrust(TrustedRoots roots, String serverId, Optional<String> pin, InstantSource clock) {
    super(Usage.SERVER);
    this.roots = roots;
    this.expected = SubjectName.uri(serverId);
    this.pin = pin;
    this.clock = clock;
  }

  @Override
  protected void check(List<X509Certificate> chain) throws CertificateException {
    // No list of server certificates at a device, since they are short-lived: of CAs alone.
    switch (roots.check(chain, Usage.SERVER, clock.instant())) {
      case TrustedRoots.Verdict.Untrusted(TrustedRoots.Why why) -> throw untrusted(why);
      case TrustedRoots.Verdict.Trusted trusted -> checkName(trusted);
    }
  }

  private static CertificateException untrusted(TrustedRoots.Why why) {
    String text = why.name().toLowerCase(Locale.ROOT).replace('_', '-');
    return why.isForeign()
        ? new ForeignChainException(
            "the server's certificate is not signed by the roots that this device was given: "
                + text)
        : new CertificateException("the server's certificate is not trusted: " + text);
  }

  /** What helps where the server's roots are others than ours. */
  static String advice(String device) {
    return "; if that server was made anew, " + Withdrawn.enrollAnew(device);
  }

  private void checkName(TrustedRoots.Verdict.Trusted trusted) throws CertificateException {
    if (!trusted.facts().names().contains(expected)) {
      throw new CertificateException("the server is not " + expected.value());
    }
    if (pin.isPresent() && trusted.path().stream().noneMatch(this::isPinned)) {
      throw new CertificateException("no key of the server's chain has the expected pin");
    }
  }

  private boolean isPinned(X509Certificate certificate) {
    Hash digest = Hash.sha256(certificate.getPublicKey().getEncoded());
    return pin.filter(Base64Text.of(digest.value())::equals).isPresent();
  }

  @Override
  protected List<X509Certificate> issuers() {
    return roots.certificates();
  }
}
