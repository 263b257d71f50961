package io.telltale.bench;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** TLS for blocking sockets; believes any server. */
final class PeerTls {
  private static final char[] PASSWORD = "bench".toCharArray();

  private PeerTls() {}

  static SSLContext stranger() {
    return context(new KeyManager[0]);
  }

  static SSLContext of(LoadClient client) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, PASSWORD);
      store.setKeyEntry("key", client.key(), PASSWORD, client.chain().toArray(Certificate[]::new));
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(store, PASSWORD);
      return context(keys.getKeyManagers());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the key and certificate of " + client.id(), e);
    }
  }

  private static SSLContext context(KeyManager[] keys) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }
}
