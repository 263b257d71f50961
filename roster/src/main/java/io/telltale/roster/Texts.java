package io.telltale.roster;

/** What free text from outside may look like. */
public final class Texts {
  private Texts() {}

  // What a decoder puts in the place of bytes that it could not read: the text is not what it was.
  private static final char REPLACEMENT = '\uFFFD';

  /**
   * No control, format or unpaired surrogate character, so that it is inert in any output, and no
   * character that stands for lost ones.
   */
  public static boolean printable(String text, int charsMax) {
    return text.length() <= charsMax
        && text.indexOf(REPLACEMENT) < 0
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
