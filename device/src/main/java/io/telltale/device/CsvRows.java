package io.telltale.device;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.dataformat.csv.CsvFactory;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvParser;
import tools.jackson.dataformat.csv.CsvReadFeature;
import tools.jackson.dataformat.csv.CsvSchema;

/**
 * Rows of comma-separated text (RFC 4180) one at a time, in memory that does not grow with the
 * text. Blank lines are passed over.
 */
public final class CsvRows implements AutoCloseable {
  private static final int ROW_CHARS_MAX = 256 * 1024;
  private static final int CELLS_MAX = 4_096;
  private static final CsvFactory FACTORY =
      CsvFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(ROW_CHARS_MAX).build())
          .build();
  private static final CsvMapper MAPPER =
      CsvMapper.builder(FACTORY)
          .enable(CsvReadFeature.WRAP_AS_ARRAY)
          .enable(CsvReadFeature.SKIP_EMPTY_LINES)
          .build();

  private final CsvParser parser;
  private long cellLine = 1;

  /** What comes next. */
  public sealed interface Next {
    /**
     * A row.
     *
     * @param line where it begins, from 1
     */
    record Row(long line, List<String> cells) implements Next {
      public Row {
        cells = List.copyOf(cells);
      }
    }

    /**
     * The text breaks the format; nothing behind it can be read.
     *
     * @param line where the cell begins, from 1: what its quote swallowed is no place to look
     */
    record Malformed(long line, String why) implements Next {}

    record End() implements Next {}
  }

  private CsvRows(CsvParser parser) {
    this.parser = parser;
  }

  /** Reads {@code text} to its end; closing this closes it. */
  public static CsvRows of(Reader text, char delimiter) {
    CsvSchema schema = CsvSchema.emptySchema().withColumnSeparator(delimiter);
    return new CsvRows((CsvParser) MAPPER.reader().with(schema).createParser(text));
  }

  /** Throws {@link IOException} when the text cannot be read. */
  public Next next() throws IOException {
    try {
      JsonToken token = nextToken();
      while (token != null && token != JsonToken.VALUE_STRING) {
        token = nextToken();
      }
      return token == null ? new Next.End() : row();
    } catch (JacksonIOException e) {
      if (e.getCause() instanceof CharacterCodingException) {
        return new Next.Malformed(cellLine, "here or soon after, a byte is not of this encoding");
      }
      throw new IOException(e.getCause());
    } catch (JacksonException e) {
      // Its message can quote the text, which may hold anything.
      return new Next.Malformed(
          cellLine, "a quote does not end, or a cell does not end after its quote");
    }
  }

  private JsonToken nextToken() {
    cellLine = parser.currentLocation().getLineNr();
    return parser.nextToken();
  }

  private Next row() {
    long line = cellLine;
    var cells = new ArrayList<String>();
    int chars = 0;
    for (JsonToken token = JsonToken.VALUE_STRING;
        token == JsonToken.VALUE_STRING;
        token = nextToken()) {
      String cell = parser.getString();
      chars += cell.length();
      if (cells.size() == CELLS_MAX || chars > ROW_CHARS_MAX) {
        return new Next.Malformed(
            line,
            "the row has more than %d cells or %d characters".formatted(CELLS_MAX, ROW_CHARS_MAX));
      }
      cells.add(cell);
    }
    return new Next.Row(line, cells);
  }

  @Override
  public void close() {
    parser.close();
  }
}
