package io.telltale.server.api;

import java.util.ArrayList;
import java.util.List;

/** Reads RFC 4180 comma-separated text, strictly and within bounds. */
final class Csv {
  private static final int ROWS_MAX = 10_001;
  private static final int FIELDS_MAX = 32;

  private final String text;
  private int at;

  private Csv(String text) {
    this.text = text;
  }

  /** What reading gives. */
  sealed interface Reading {
    /** The rows, header first; a row's number is its place from 1. */
    record Rows(List<List<String>> rows) implements Reading {
      public Rows {
        rows = List.copyOf(rows);
      }
    }

    /** The text breaks the format at that row. */
    record Malformed(int row, String why) implements Reading {}
  }

  static Reading read(String text) {
    // Spreadsheets write a byte order mark.
    return new Csv(text.startsWith("\uFEFF") ? text.substring(1) : text).rows();
  }

  private Reading rows() {
    var rows = new ArrayList<List<String>>();
    while (at < text.length()) {
      if (rows.size() == ROWS_MAX) {
        return new Reading.Malformed(rows.size(), "more than " + (ROWS_MAX - 1) + " devices");
      }
      var fields = new ArrayList<String>();
      boolean more = true;
      while (more) {
        int start = at;
        boolean quoted = at < text.length() && text.charAt(at) == '"';
        String field = quoted ? quoted() : plain();
        boolean broken = at < 0 || (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0);
        if (broken || (!quoted && field.indexOf('"') >= 0)) {
          return new Reading.Malformed(
              rows.size() + 1, "a quote in the wrong place after character " + start);
        }
        fields.add(field);
        if (fields.size() > FIELDS_MAX) {
          return new Reading.Malformed(rows.size() + 1, "more than " + FIELDS_MAX + " fields");
        }
        more = at < text.length() && text.charAt(at) == ',';
        at += more ? 1 : 0;
      }
      skipLineEnd();
      rows.add(fields);
    }
    return new Reading.Rows(rows);
  }

  private String plain() {
    int start = at;
    while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(start, at);
  }

  /** Leaves {@link #at} negative when the closing quote is missing. */
  private String quoted() {
    var field = new StringBuilder();
    at++;
    while (at < text.length()) {
      char next = text.charAt(at++);
      if (next != '"') {
        field.append(next);
      } else if (at < text.length() && text.charAt(at) == '"') {
        field.append('"');
        at++;
      } else {
        return field.toString();
      }
    }
    at = -1;
    return field.toString();
  }

  private void skipLineEnd() {
    if (at < text.length() && text.charAt(at) == '\r') {
      at++;
    }
    if (at < text.length() && text.charAt(at) == '\n') {
      at++;
    }
  }
}
