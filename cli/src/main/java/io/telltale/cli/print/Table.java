package io.telltale.cli.print;

import io.telltale.kernel.Inert;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Aligned columns for people; numbers to the right. */
public final class Table {
  private static final int CELL_MAX = 80;

  private final List<List<String>> rows = new ArrayList<>();
  private final int cellMax;

  public Table(String... header) {
    this(CELL_MAX, List.of(header));
  }

  public Table(List<String> header) {
    this(CELL_MAX, header);
  }

  private Table(int cellMax, List<String> header) {
    this.cellMax = cellMax;
    add(header);
  }

  /** One that cuts nothing: for sentences. */
  public static Table whole(String... header) {
    return new Table(Integer.MAX_VALUE, List.of(header));
  }

  public void add(List<String> row) {
    rows.add(row.stream().map(this::cell).toList());
  }

  public void add(String... row) {
    add(List.of(row));
  }

  private String cell(String raw) {
    String safe = Inert.text(raw);
    return safe.length() > cellMax ? safe.substring(0, cellMax - 1) + "…" : safe;
  }

  /** How wide the longest line is. */
  public int width() {
    int[] widths = widths();
    return Arrays.stream(widths).sum() + 2 * (widths.length - 1);
  }

  private int[] widths() {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return widths;
  }

  public void print(PrintWriter out) {
    int[] widths = widths();
    int columns = widths.length;
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String text = row.get(i);
        String gap = " ".repeat(widths[i] - text.length());
        line.append(isNumber(text) ? gap + text : text + gap).append(i < columns - 1 ? "  " : "");
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static boolean isNumber(String text) {
    return text.matches("-?[0-9][0-9.,]*(E-?[0-9]+)?");
  }
}
