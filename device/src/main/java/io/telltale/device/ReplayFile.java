package io.telltale.device;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A CSV file of real readings with a {@code timestamp} column and a value column. */
public final class ReplayFile {
  /** A file may have this many rows. */
  public static final int ROWS_MAX = 5_000_000;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  private ReplayFile() {}

  /** One reading; {@code time} as written in the file, taken as UTC. */
  public record Row(Instant time, double value) {}

  /** The file's rows in the order of their time, or what is wrong with it. */
  public sealed interface Parsed {
    record Rows(List<Row> rows) implements Parsed {}

    record Unreadable(String why) implements Parsed {}
  }

  public static Parsed read(Path file, String valueColumn) {
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      String header = reader.readLine();
      List<String> columns =
          header == null ? List.of() : Arrays.stream(header.split(",")).map(String::strip).toList();
      int timeAt = columns.indexOf("timestamp");
      int valueAt = columns.indexOf(valueColumn);
      if (timeAt < 0 || valueAt < 0) {
        return new Parsed.Unreadable(
            "%s has the columns %s; 'timestamp' and '%s' are needed (see --value-column)"
                .formatted(file, columns, valueColumn));
      }
      return rows(file, reader, timeAt, valueAt);
    } catch (IOException e) {
      return new Parsed.Unreadable("cannot read " + file + ": " + e.getMessage());
    }
  }

  private static Parsed rows(Path file, BufferedReader reader, int timeAt, int valueAt)
      throws IOException {
    var rows = new ArrayList<Row>();
    int line = 1;
    for (String text = reader.readLine(); text != null; text = reader.readLine()) {
      line++;
      if (text.isBlank()) {
        continue;
      }
      String[] cells = text.split(",", -1);
      try {
        double value = Double.parseDouble(cells[valueAt].strip());
        if (!Double.isFinite(value) || rows.size() == ROWS_MAX) {
          return new Parsed.Unreadable(
              "%s line %d: a number that is not finite, or more than %d rows"
                  .formatted(file, line, ROWS_MAX));
        }
        rows.add(new Row(time(cells[timeAt].strip()), value));
      } catch (DateTimeParseException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
        return new Parsed.Unreadable(
            "%s line %d: expected a time like 2013-12-02 21:15:00 and a number"
                .formatted(file, line));
      }
    }
    if (rows.isEmpty()) {
      return new Parsed.Unreadable(file + " has no rows");
    }
    rows.sort((a, b) -> a.time().compareTo(b.time()));
    return new Parsed.Rows(List.copyOf(rows));
  }

  private static Instant time(String text) {
    return text.contains("T")
        ? Instant.parse(text)
        : LocalDateTime.parse(text, TIME).toInstant(ZoneOffset.UTC);
  }

  /**
   * Moves a row's time so that the file's last row is at {@code end}. A file that spans more than
   * {@code spanMax} is compressed evenly to it, since the doors take no older readings; the
   * original travels as {@code sourceTime}.
   */
  public static Instant shifted(Instant time, Span span, Instant end, Duration spanMax) {
    Duration before = Duration.between(time, span.last());
    Duration whole = Duration.between(span.first(), span.last());
    if (whole.compareTo(spanMax) <= 0) {
      return end.minus(before);
    }
    double share = (double) before.toMillis() / whole.toMillis();
    return end.minusMillis(Math.round(share * spanMax.toMillis()));
  }

  /** The times of a file's first and last row. */
  public record Span(Instant first, Instant last) {
    public static Span of(List<Row> rows) {
      return new Span(rows.getFirst().time(), rows.getLast().time());
    }
  }
}
