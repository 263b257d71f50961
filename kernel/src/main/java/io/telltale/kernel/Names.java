package io.telltale.kernel;

import java.util.regex.Pattern;

/**
 * What every name of ours may look like, so that no name needs escaping in a path, URI or topic.
 */
final class Names {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private Names() {}

  static boolean valid(String name) {
    return NAME.matcher(name).matches();
  }

  static String require(String what, String name) {
    if (!valid(name)) {
      throw new IllegalArgumentException(
          what
              + " must be 1 to 64 letters, digits, '.', '_' or '-', starting with a letter or"
              + " digit");
    }
    return name;
  }
}
