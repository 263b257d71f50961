package io.telltale.message;

/**
 * What is wrong with a document, and where.
 *
 * @param pointer a JSON pointer (RFC 6901); empty for the whole document
 */
public record Flaw(String pointer, String what) {
  /** One step further down a pointer. */
  public static String step(String pointer, String member) {
    return pointer + "/" + member.replace("~", "~0").replace("/", "~1");
  }
}
