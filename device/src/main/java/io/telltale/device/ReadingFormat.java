package io.telltale.device;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * How a file of readings is written.
 *
 * @param timeColumns the columns whose texts, joined by a blank, are the time
 * @param valueColumn the column with the reading
 * @param times how a time is written
 * @param delimiter between cells
 * @param decimal a point or a comma
 * @param missing texts that stand for no reading, beside the empty one
 */
public record ReadingFormat(
    List<String> timeColumns,
    String valueColumn,
    TimeText times,
    char delimiter,
    char decimal,
    Set<String> missing,
    Charset encoding) {
  // What Double.parseDouble takes beyond this (0x1p3, 1d, NaN) is no reading.
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d{1,30}(\\.\\d{0,30})?|\\.\\d{1,30})([eE][+-]?\\d{1,3})?");

  public ReadingFormat {
    timeColumns = List.copyOf(timeColumns);
    missing = Set.copyOf(missing);
    if (decimal != '.' && decimal != ',') {
      throw new IllegalArgumentException("the decimal mark is a point or a comma");
    }
    if (delimiter == decimal || delimiter == '"' || delimiter == '\n' || delimiter == '\r') {
      throw new IllegalArgumentException("no delimiter: " + delimiter);
    }
  }

  /** {@code timestamp,value} with a decimal point, as most files are. */
  public static ReadingFormat standard() {
    return new ReadingFormat(
        List.of("timestamp"),
        "value",
        TimeText.standard(),
        ',',
        '.',
        Set.of(),
        StandardCharsets.UTF_8);
  }

  /** The same in every process for what reads a file the same way. */
  String description() {
    return "%s %s %s %d %d %s %s"
        .formatted(
            timeColumns,
            valueColumn,
            times,
            (int) delimiter,
            (int) decimal,
            new TreeSet<>(missing),
            encoding);
  }

  /** Whether the cell says that there is no reading. */
  boolean isMissing(String cell) {
    return cell.isEmpty() || missing.contains(cell);
  }

  /** A finite number; empty for anything else. */
  Optional<Double> number(String cell) {
    String text = decimal == '.' ? cell : cell.indexOf('.') >= 0 ? "" : cell.replace(',', '.');
    if (!NUMBER.matcher(text).matches()) {
      return Optional.empty();
    }
    double value = Double.parseDouble(text);
    return Double.isFinite(value) ? Optional.of(value) : Optional.empty();
  }

  Optional<Instant> time(String text) {
    return times.read(text);
  }
}
