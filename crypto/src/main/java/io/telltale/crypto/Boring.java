package io.telltale.crypto;

import java.security.Provider;
import org.conscrypt.Conscrypt;

/**
 * Conscrypt, never installed globally: other parts keep the JDK's defaults. For this module's own
 * packages; what others may do with it has methods.
 */
public final class Boring {
  public static final Provider PROVIDER = Conscrypt.newProvider();

  private Boring() {}
}
