package io.telltale.kernel;

/**
 * What every name of ours may look like, so that no name needs escaping in a path, URI or topic.
 */
final class Names {
  /** What {@link #valid} takes, for people. */
  static final String FORM =
      "must be 1 to 64 letters A-Z and a-z, digits, '.', '_' or '-', starting with a letter or"
          + " digit";

  private static final int LENGTH_MAX = 64;

  private Names() {}

  // By hand and not by a pattern: five names are checked for every record that is opened.
  static boolean valid(String name) {
    if (name.isEmpty() || name.length() > LENGTH_MAX || !alphanumeric(name.charAt(0))) {
      return false;
    }
    for (int i = 1; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!alphanumeric(c) && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  static String require(String what, String name) {
    if (!valid(name)) {
      throw new IllegalArgumentException(what + " " + FORM);
    }
    return name;
  }
}
