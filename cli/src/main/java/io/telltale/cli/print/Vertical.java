package io.telltale.cli.print;

import io.telltale.kernel.Inert;
import java.io.PrintWriter;
import java.util.List;

/** Rows one below the other, a line for each column: for what no screen is wide enough for. */
public final class Vertical {
  private Vertical() {}

  public static void print(List<String> names, List<List<String>> rows, PrintWriter out) {
    List<String> safe = names.stream().map(Inert::text).toList();
    int width = safe.stream().mapToInt(String::length).max().orElse(0);
    int number = 0;
    for (List<String> row : rows) {
      number++;
      out.println("-- row " + number);
      for (int i = 0; i < safe.size(); i++) {
        String name = safe.get(i);
        out.println(
            (name + " ".repeat(width - name.length()) + "  " + Inert.text(row.get(i)))
                .stripTrailing());
      }
    }
  }
}
