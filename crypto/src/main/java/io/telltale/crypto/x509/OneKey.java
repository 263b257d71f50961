package io.telltale.crypto.x509;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * A TLS client's one key, shown whoever asks. The JDK's own key managers would take it from a key
 * store, which derives two keys from a password for it.
 */
public final class OneKey extends X509ExtendedKeyManager {
  private static final String ALIAS = "one";

  private final List<X509Certificate> chain;
  private final PrivateKey key;

  /** For {@code key}, whose certificate comes first in {@code chain}. */
  public OneKey(PrivateKey key, List<X509Certificate> chain) {
    this.chain = List.copyOf(chain);
    this.key = key;
  }

  @Override
  public String[] getClientAliases(String type, Principal[] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
    return ALIAS;
  }

  @Override
  public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
    return ALIAS;
  }

  @Override
  public String[] getServerAliases(String type, Principal[] issuers) {
    return new String[0];
  }

  @Override
  public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
    throw new IllegalStateException("a client is no server");
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return chain.toArray(X509Certificate[]::new);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return key;
  }
}
