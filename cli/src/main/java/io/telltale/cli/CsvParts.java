package io.telltale.cli;

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

  /** A row that has no end within a part's size. */
  static final class EndlessRow extends IOException {
    private static final long serialVersionUID = 1L;

    EndlessRow(long line) {
      super(
          "the row at line %d does not end within %d bytes: is there a quote that is never closed?"
              .formatted(line, PART_BYTES_MAX));
    }
  }

  CsvParts(InputStream file) {
    this.file = new BufferedInputStream(file, 1 << 16);
  }

  /** The next part; empty at the end of the file. A file without rows is one part. */
  Optional<Part> next() throws IOException {
    if (!given) {
      long before = line;
      header = nextRow();
      headerLines = (int) (line - before);
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

  /** With its line end, if it has one; empty at the end of the file. */
  private Bytes nextRow() throws IOException {
    row.reset();
    long began = line;
    boolean quoted = false;
    for (int next = file.read(); next >= 0; next = file.read()) {
      row.write(next);
      quoted ^= next == '"';
      line += next == '\n' ? 1 : 0;
      if (next == '\n' && !quoted) {
        return Bytes.adopt(row.toByteArray());
      }
      if (row.size() > PART_BYTES_MAX) {
        throw new EndlessRow(began);
      }
    }
    ended = true;
    return Bytes.adopt(row.toByteArray());
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
