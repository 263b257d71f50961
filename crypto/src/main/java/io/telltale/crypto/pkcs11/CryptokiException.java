package io.telltale.crypto.pkcs11;

import java.util.Locale;
import java.util.Map;

/** A function of a PKCS #11 library did not do what it was asked. */
final class CryptokiException extends Exception {
  static final long TOKEN_NOT_PRESENT = 0xE0;
  static final long USER_ALREADY_LOGGED_IN = 0x100;
  static final long ALREADY_INITIALIZED = 0x191;
  static final long PIN_INCORRECT = 0xA0;
  static final long PIN_INVALID = 0xA1;
  static final long PIN_LEN_RANGE = 0xA2;
  static final long PIN_LOCKED = 0xA4;

  private static final long serialVersionUID = 1L;

  /** Those that an operator meets; the standard has more. */
  private static final Map<Long, String> NAMES =
      Map.ofEntries(
          Map.entry(0x5L, "CKR_GENERAL_ERROR"),
          Map.entry(0x6L, "CKR_FUNCTION_FAILED"),
          Map.entry(0x13L, "CKR_ATTRIBUTE_VALUE_INVALID"),
          Map.entry(0x30L, "CKR_DEVICE_ERROR"),
          Map.entry(0x31L, "CKR_DEVICE_MEMORY"),
          Map.entry(0x32L, "CKR_DEVICE_REMOVED"),
          Map.entry(0x60L, "CKR_KEY_HANDLE_INVALID"),
          Map.entry(0x68L, "CKR_KEY_FUNCTION_NOT_PERMITTED"),
          Map.entry(0x70L, "CKR_MECHANISM_INVALID"),
          Map.entry(0x82L, "CKR_OBJECT_HANDLE_INVALID"),
          Map.entry(PIN_INCORRECT, "CKR_PIN_INCORRECT"),
          Map.entry(PIN_INVALID, "CKR_PIN_INVALID"),
          Map.entry(PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE"),
          Map.entry(0xA3L, "CKR_PIN_EXPIRED"),
          Map.entry(PIN_LOCKED, "CKR_PIN_LOCKED"),
          Map.entry(0xB0L, "CKR_SESSION_CLOSED"),
          Map.entry(0xB3L, "CKR_SESSION_HANDLE_INVALID"),
          Map.entry(0xD1L, "CKR_TEMPLATE_INCONSISTENT"),
          Map.entry(TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"),
          Map.entry(0xE1L, "CKR_TOKEN_NOT_RECOGNIZED"),
          Map.entry(0xE2L, "CKR_TOKEN_WRITE_PROTECTED"),
          Map.entry(0x101L, "CKR_USER_NOT_LOGGED_IN"),
          Map.entry(0x102L, "CKR_USER_PIN_NOT_INITIALIZED"),
          Map.entry(0x190L, "CKR_CRYPTOKI_NOT_INITIALIZED"));

  private final long code;

  CryptokiException(Function function, long code) {
    super(
        "%s answered %s"
            .formatted(
                function.name().toLowerCase(Locale.ROOT),
                NAMES.getOrDefault(code, "0x" + Long.toHexString(code))));
    this.code = code;
  }

  CryptokiException(String what) {
    super(what);
    this.code = 0;
  }

  long code() {
    return code;
  }

  boolean isPinRefused() {
    return code == PIN_INCORRECT || code == PIN_INVALID || code == PIN_LEN_RANGE;
  }
}
