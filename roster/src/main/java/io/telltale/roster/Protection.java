package io.telltale.roster;

import java.util.Locale;

/** Where a credential's private key lives (ID-6), as far as we have been shown. */
public enum Protection {
  /** Nothing was shown. */
  UNKNOWN,
  SOFTWARE,
  PKCS11,
  SECURE_ELEMENT,
  TPM;

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
