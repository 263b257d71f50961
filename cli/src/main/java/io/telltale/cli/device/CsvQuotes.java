package io.telltale.cli.device;

/**
 * Whether a place in a row of CSV is within quotes (RFC 4180): as the server reads it, a quote
 * opens only where a cell begins, so that the inch of {@code 5" pipe} is a character like others.
 */
final class CsvQuotes {
  private boolean fresh = true;
  private boolean open;
  private boolean closed;

  /** Goes on behind the next character, or byte of UTF-8, of the row. */
  void take(int next) {
    boolean quote = next == '"';
    boolean opens = quote && !open && (fresh || closed);
    closed = quote && open;
    open = opens || (open && !quote);
    fresh = !open && (next == ',' || (fresh && (next == ' ' || isOfMark(next))));
  }

  /** Of the byte order mark that spreadsheets write first. */
  private static boolean isOfMark(int next) {
    return next == 0xEF || next == 0xBB || next == 0xBF;
  }

  boolean open() {
    return open;
  }

  /** Whether the last character ended what was within quotes, unless another follows. */
  boolean closed() {
    return closed;
  }
}
