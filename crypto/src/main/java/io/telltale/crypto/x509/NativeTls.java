package io.telltale.crypto.x509;

import io.telltale.crypto.Boring;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;

/**
 * BoringSSL's TLS for programs that end after a connection or two: the JDK's would compute its
 * tables of the curve, in code that is not compiled yet, each time.
 */
public final class NativeTls {
  private NativeTls() {}

  /** TLS 1.3, not initialised. */
  public static SSLContext context() {
    try {
      return SSLContext.getInstance("TLSv1.3", Boring.PROVIDER);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Conscrypt has TLS 1.3", e);
    }
  }
}
