package io.telltale.kernel;

/**
 * Something stored that is not as we wrote it.
 *
 * @param where a file, or a place in one
 * @param what is wrong there; continues a sentence that {@code where} begins
 * @param remedy what to do about it, whole sentences
 */
public record Finding(String where, String what, String remedy) {
  /** For what nothing but a copy brings back. */
  public static final String FROM_A_COPY =
      "Stop the server and put the newest copy of the whole data folder back; find out whether the"
          + " disk fails or somebody else writes to it.";

  /** A finding that only a copy mends. */
  public static Finding lost(String where, String what) {
    return new Finding(where, what, FROM_A_COPY);
  }

  /** All of it in one line. */
  public String text() {
    return where + " " + what + ". " + remedy;
  }
}
