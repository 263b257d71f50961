package io.telltale.crypto;

import java.security.Provider;
import org.conscrypt.Conscrypt;

/** Conscrypt, never installed globally: other parts keep the JDK's defaults. */
final class Boring {
  static final Provider PROVIDER = Conscrypt.newProvider();

  private Boring() {}
}
