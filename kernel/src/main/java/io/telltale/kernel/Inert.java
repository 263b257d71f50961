package io.telltale.kernel;

/** Makes text from devices harmless on a terminal and in a spreadsheet (IN-11). */
public final class Inert {
  private Inert() {}

  /** Control characters, escapes and direction marks are shown, not obeyed. */
  public static String text(String raw) {
    var out = new StringBuilder(raw.length());
    raw.codePoints()
        .forEach(
            point -> {
              int type = Character.getType(point);
              boolean harmless =
                  type != Character.CONTROL
                      && type != Character.FORMAT
                      && type != Character.LINE_SEPARATOR
                      && type != Character.PARAGRAPH_SEPARATOR
                      && type != Character.SURROGATE
                      && type != Character.PRIVATE_USE;
              if (harmless) {
                out.appendCodePoint(point);
              } else {
                out.append("\\u{").append(Integer.toHexString(point)).append('}');
              }
            });
    return out.toString();
  }

  /** A JSON document, line by line; what could obey or mislead is escaped as JSON does. */
  public static String json(String document) {
    var out = new StringBuilder(document.length());
    document
        .codePoints()
        .forEach(
            point -> {
              if (point == '\n' || text(Character.toString(point)).length() <= 2) {
                out.appendCodePoint(point);
              } else {
                for (char unit : Character.toChars(point)) {
                  out.append("\\u%04x".formatted((int) unit));
                }
              }
            });
    return out.toString();
  }

  /** A CSV cell (RFC 4180); one that a spreadsheet would take for a formula gets an apostrophe. */
  public static String csv(String raw) {
    String safe = text(raw);
    if (!safe.isEmpty() && "=+-@".indexOf(safe.charAt(0)) >= 0 && !isNumber(safe)) {
      safe = "'" + safe;
    }
    return safe.matches(".*[\",].*") ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
  }

  private static boolean isNumber(String text) {
    return text.matches("-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
  }
}
