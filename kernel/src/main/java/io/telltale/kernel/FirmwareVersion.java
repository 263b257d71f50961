package io.telltale.kernel;

/** What a version of firmware that a device says may look like. */
public final class FirmwareVersion {
  /** What {@link #valid} takes, for people. */
  public static final String FORM =
      "must be 1 to 64 letters A-Z and a-z, digits, '.', '+', '_' and '-', starting with a letter"
          + " or digit";

  private static final int CHARS_MAX = 64;

  private FirmwareVersion() {}

  // By hand and not by a pattern: it is asked for each message that says one.
  public static boolean valid(String text) {
    int length = text.length();
    if (length == 0 || length > CHARS_MAX || !isAlphanumeric(text.charAt(0))) {
      return false;
    }
    for (int i = 1; i < length; i++) {
      char one = text.charAt(i);
      if (!isAlphanumeric(one) && one != '.' && one != '+' && one != '_' && one != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean isAlphanumeric(char one) {
    return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9');
  }
}
