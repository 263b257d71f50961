package io.telltale.device;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a device authenticates with and whom it believes.
 *
 * @param key the device's private key
 * @param chain its certificate first, then the issuing CA
 * @param roots what the server's chain must lead to
 * @param serverId the SPIFFE id that the server's certificate must carry (TR-4)
 */
public record TlsMaterial(
    PrivateKey key, List<X509Certificate> chain, List<X509Certificate> roots, String serverId) {
  public TlsMaterial {
    chain = List.copyOf(chain);
    roots = List.copyOf(roots);
  }

  @Override
  public String toString() {
    return "TlsMaterial[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
