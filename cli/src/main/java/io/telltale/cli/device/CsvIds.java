package io.telltale.cli.device;

import io.telltale.kernel.DeviceId;
import java.util.ArrayList;
import java.util.List;

/** The cells of the column {@code id} in a part of a CSV file (RFC 4180). */
final class CsvIds {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final String text;
  private int at;
  private long line = 1;

  /** One row's id; {@code name} is empty where the row has none that can be one. */
  record Id(long line, String name) {}

  private CsvIds(String text) {
    this.text = text;
  }

  /** Whether the header names the column. */
  static boolean isIn(CsvParts.Part part) {
    return new CsvIds(text(part)).row().contains("id");
  }

  static List<Id> of(CsvParts.Part part) {
    var reader = new CsvIds(text(part));
    List<String> header = reader.row();
    int column = header.indexOf("id");
    var ids = new ArrayList<Id>();
    while (reader.at < reader.text.length()) {
      long line = part.lineOf(reader.line);
      List<String> cells = reader.row();
      if (!cells.equals(List.of(""))) {
        String id = cells.size() == header.size() ? cells.get(column).strip() : "";
        ids.add(new Id(line, DeviceId.valid(id) ? id : ""));
      }
    }
    return ids;
  }

  private static String text(CsvParts.Part part) {
    String text = part.text().asUtf8();
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  private List<String> row() {
    var cells = new ArrayList<String>();
    var cell = new StringBuilder();
    var quotes = new CsvQuotes();
    while (at < text.length()) {
      char next = text.charAt(at++);
      line += next == '\n' ? 1 : 0;
      boolean before = quotes.open();
      boolean second = quotes.closed();
      quotes.take(next);
      boolean opens = quotes.open() && !before;
      if (next == '"' && (opens || quotes.closed())) {
        // Two within quotes stand for one; what is before the first is not of the cell.
        if (opens && second) {
          cell.append('"');
        } else if (opens) {
          cell.setLength(0);
        }
      } else if (before) {
        cell.append(next);
      } else if (next == ',') {
        cells.add(cell.toString());
        cell.setLength(0);
      } else if (next == '\n') {
        break;
      } else if (next != '\r') {
        cell.append(next);
      }
    }
    cells.add(cell.toString());
    return cells;
  }
}
