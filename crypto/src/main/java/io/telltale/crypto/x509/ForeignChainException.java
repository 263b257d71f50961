package io.telltale.crypto.x509;

import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a {@link PeerTrustManager} for a peer whose certificate no root of ours signed: it is
 * of another authority, and no waiting makes it ours.
 */
public final class ForeignChainException extends CertificateException {
  private static final long serialVersionUID = 1L;

  public ForeignChainException(String message) {
    super(message);
  }

  /** Whether this is why {@code failure} came about: engines wrap it in failures of their own. */
  public static boolean isCauseOf(Throwable failure) {
    @Nullable Throwable one = failure;
    while (one != null && !(one instanceof ForeignChainException)) {
      one = one.getCause();
    }
    return one != null;
  }
}
