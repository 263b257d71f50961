package io.telltale.device;

import io.telltale.crypto.x509.TrustedRoots;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a device authenticates with and whom it believes.
 *
 * @param key the device's private key
 * @param chain its certificate first, then the issuing CA
 * @param trust what the server's chain must lead to
 * @param serverId the SPIFFE id that the server's certificate must carry (TR-4)
 */
public record TlsMaterial(
    PrivateKey key, List<X509Certificate> chain, TrustedRoots trust, String serverId) {
  public TlsMaterial {
    chain = List.copyOf(chain);
  }

  /** The same under these roots, whatever lists they have. */
  public TlsMaterial(
      PrivateKey key, List<X509Certificate> chain, List<X509Certificate> roots, String serverId) {
    this(key, chain, new TrustedRoots(roots), serverId);
  }

  /** What the server's chain must lead to. */
  public List<X509Certificate> roots() {
    return trust.certificates();
  }

  @Override
  public String toString() {
    return "TlsMaterial[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
