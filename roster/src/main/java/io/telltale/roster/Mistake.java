package io.telltale.roster;

/**
 * What is wrong with a policy document, and where.
 *
 * @param pointer a JSON pointer (RFC 6901); empty for the whole document
 * @param line from 1; that of what encloses a member that is missing
 * @param column from 1
 */
public record Mistake(String pointer, int line, int column, String what) {
  @Override
  public String toString() {
    return "line %d, column %d, %s: %s"
        .formatted(line, column, pointer.isEmpty() ? "the document" : pointer, what);
  }
}
