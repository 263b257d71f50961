package io.telltale.registry;

/** What free text from outside may look like. */
final class Texts {
  private Texts() {}

  /** No control, format or unpaired surrogate character, so that it is inert in any output. */
  static boolean printable(String text, int charsMax) {
    return text.length() <= charsMax
        && text.codePoints()
            .noneMatch(
                point ->
                    switch (Character.getType(point)) {
                      case Character.CONTROL,
                          Character.FORMAT,
                          Character.SURROGATE,
                          Character.LINE_SEPARATOR,
                          Character.PARAGRAPH_SEPARATOR,
                          Character.UNASSIGNED ->
                          true;
                      default -> false;
                    });
  }
}
