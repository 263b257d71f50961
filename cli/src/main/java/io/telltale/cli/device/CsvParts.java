package io.telltale.cli.device;

import io.telltale.cli.api.Answer;
import io.telltale.kernel.Bytes;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Cuts a CSV file of any size into parts that each begin with its header line. Cuts at line ends
 * outside quotes and changes no byte.
 */
final class CsvParts implements AutoCloseable {
  static final int PART_BYTES_MAX = 200 * 1024;
  private static final int PART_ROWS_MAX = 1_000;

  private final InputStream file;
  private final ByteArrayOutputStream row = new ByteArrayOutputStream();
  private Bytes header = Bytes.EMPTY;
  private int headerLines;
  private long line = 1;
  private boolean ended;
  private boolean given;

  /**
   * The header and some rows.
   *
   * @param firstLine of its first row, in the file
   * @param rows how many lines begin a row
   */
  record Part(Bytes text, int headerLines, long firstLine, int rows) {
    /** The file's line that a line of this part is, both from 1. */
    long lineOf(long inPart) {
      return inPart <= headerLines ? inPart : firstLine + inPart - headerLines - 1;
    }
  }

  /** A row that has no end. */
  static final class NoEnd extends IOException {
    private static final long serialVersionUID = 1L;

    NoEnd(String what) {
      super(what);
    }

    Answer.Refused refused() {
      return new Answer.Refused(0, "bad-csv", String.valueOf(getMessage()));
    }
  }

  CsvParts(InputStream file) {
    this.file = new BufferedInputStream(file, 1 << 16);
  }

  /** The next part; empty at the end of the file. A file without rows is one part. */
  Optional<Part> next() throws IOException {
    if (!given) {
      header = nextHeader();
      headerLines = (int) (line - 1);
    }
    long firstLine = line;
    int rows = 0;
    var text = new ByteArrayOutputStream();
    text.write(header.borrow());
    while (!ended && rows < PART_ROWS_MAX && text.size() < PART_BYTES_MAX) {
      Bytes next = nextRow();
      text.write(next.borrow());
      rows += next.size() > 0 ? 1 : 0;
    }
    if (rows == 0 && given) {
      return Optional.empty();
    }
    given = true;
    return Optional.of(new Part(Bytes.adopt(text.toByteArray()), headerLines, firstLine, rows));
  }

  /** The first row that is not blank, with what is before it. */
  private Bytes nextHeader() throws IOException {
    var lines = new ByteArrayOutputStream();
    boolean blank = true;
    while (blank && !ended) {
      Bytes next = nextRow();
      lines.write(next.borrow());
      blank = next.asUtf8().isBlank();
      if (lines.size() > PART_BYTES_MAX) {
        throw new NoEnd("no header within the first %d bytes".formatted(PART_BYTES_MAX));
      }
    }
    return Bytes.adopt(lines.toByteArray());
  }

  /** With its line end, if it has one; empty at the end of the file. */
  private Bytes nextRow() throws IOException {
    row.reset();
    var quotes = new CsvQuotes();
    long opened = line;
    for (int next = file.read(); next >= 0; next = file.read()) {
      row.write(next);
      boolean before = quotes.open();
      quotes.take(next);
      opened = quotes.open() && !before ? line : opened;
      line += next == '\n' ? 1 : 0;
      if (next == '\n' && !quotes.open()) {
        return Bytes.adopt(row.toByteArray());
      }
      if (row.size() > PART_BYTES_MAX) {
        throw quotes.open()
            ? openQuote(opened)
            : new NoEnd("line %d has more than %d bytes".formatted(line, PART_BYTES_MAX));
      }
    }
    ended = true;
    if (quotes.open()) {
      throw openQuote(opened);
    }
    return Bytes.adopt(row.toByteArray());
  }

  private static NoEnd openQuote(long line) {
    return new NoEnd("the quote that opens in line %d is never closed".formatted(line));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
