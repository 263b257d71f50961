package io.telltale.device;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A CSV file of readings, read row by row in flat memory. A row whose time or value is not written
 * as the format says is refused with its line, never guessed at.
 */
public final class ReadingFile implements AutoCloseable {
  private static final int CELL_SHOWN_MAX = 40;
  private static final Pattern PRINTED = Pattern.compile("[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]");

  private final CsvRows rows;
  private final ReadingFormat format;
  private final int columns;
  private final int[] timeAt;
  private final int valueAt;
  private final boolean endsEmpty;
  private final int[] nameless;
  private final LongSupplier bytesRead;
  private Hash chain;
  private @Nullable Hash first;
  private long rowsRead;

  /** What opening gives. */
  public sealed interface Opened {
    record Ready(ReadingFile file) implements Opened {}

    /** {@code why} names the file and says what to do. */
    record Unreadable(String why) implements Opened {}
  }

  /** One line of the file. */
  public sealed interface Line {
    /** A reading. */
    record Sample(long line, Instant time, double value) implements Line {}

    /** The cell says that there is none. */
    record Missing(long line) implements Line {}

    /** Not written as the format says. */
    record Refused(long line, String why) implements Line {}

    /** Nothing behind it can be read. */
    record Broken(long line, String why) implements Line {}

    record End() implements Line {}
  }

  private ReadingFile(Source source, ReadingFormat format, List<String> header, int[] timeAt) {
    this.rows = source.rows();
    this.bytesRead = source.bytesRead();
    this.chain = Hash.sha256(Bytes.utf8(format.description() + "\n" + String.join("\n", header)));
    this.format = format;
    this.columns = header.size();
    this.timeAt = timeAt;
    this.valueAt = header.indexOf(format.valueColumn());
    this.endsEmpty = header.getLast().isEmpty();
    int first = IntStream.concat(Arrays.stream(timeAt), IntStream.of(valueAt)).min().getAsInt();
    // A cell cut in two moves what is behind it; row numbers before it do no harm.
    this.nameless =
        IntStream.range(first, columns).filter(place -> header.get(place).isEmpty()).toArray();
  }

  public static Opened open(Path path, ReadingFormat format) {
    if (!Files.isRegularFile(path)) {
      return new Opened.Unreadable(
          Files.exists(path) ? path + " is not a file" : "there is no file " + path);
    }
    try {
      var bytes = new CountedInput(Files.newInputStream(path));
      CsvRows rows = CsvRows.of(text(bytes, format), format.delimiter());
      Opened opened = open(path, new Source(rows, bytes::count), format);
      if (opened instanceof Opened.Unreadable) {
        rows.close();
      }
      return opened;
    } catch (IOException e) {
      return new Opened.Unreadable("cannot read " + path + ": " + e.getMessage());
    }
  }

  private record Source(CsvRows rows, LongSupplier bytesRead) {}

  /** Says how much of it was read. */
  private static final class CountedInput extends FilterInputStream {
    private long count;

    CountedInput(InputStream in) {
      super(in);
    }

    long count() {
      return count;
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      count += one < 0 ? 0 : 1;
      return one;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int read = super.read(into, from, length);
      count += Math.max(0, read);
      return read;
    }
  }

  private static Reader text(InputStream bytes, ReadingFormat format) throws IOException {
    var strict =
        format
            .encoding()
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    var text = new BufferedReader(new InputStreamReader(bytes, strict));
    text.mark(1);
    // Spreadsheets write a byte order mark.
    if (text.read() != '\uFEFF') {
      text.reset();
    }
    return text;
  }

  private static Opened open(Path path, Source source, ReadingFormat format) throws IOException {
    return switch (source.rows().next()) {
      case CsvRows.Next.Row(long _, List<String> cells) -> {
        List<String> header = cells.stream().map(String::strip).toList();
        Optional<String> twice = twice(header, format);
        if (twice.isPresent()) {
          yield new Opened.Unreadable(
              "%s has the column '%s' twice: rename the one that is not meant"
                  .formatted(path, twice.get()));
        }
        int[] timeAt = format.timeColumns().stream().mapToInt(header::indexOf).toArray();
        yield header.contains(format.valueColumn()) && isFound(timeAt)
            ? new Opened.Ready(new ReadingFile(source, format, header, timeAt))
            : new Opened.Unreadable(
                ("%s has the columns %s; %s for the time and '%s' for the reading are needed"
                        + " (--time-column, --value-column, --delimiter)")
                    .formatted(path, header, format.timeColumns(), format.valueColumn()));
      }
      case CsvRows.Next.Malformed(long line, String why) ->
          new Opened.Unreadable("%s line %d: %s".formatted(path, line, why));
      case CsvRows.Next.End _ -> new Opened.Unreadable(path + " is empty");
    };
  }

  private static Optional<String> twice(List<String> header, ReadingFormat format) {
    return Stream.concat(format.timeColumns().stream(), Stream.of(format.valueColumn()))
        .filter(name -> header.indexOf(name) != header.lastIndexOf(name))
        .findFirst();
  }

  private static boolean isFound(int[] places) {
    for (int place : places) {
      if (place < 0) {
        return false;
      }
    }
    return places.length > 0;
  }

  /** Throws {@link IOException} when the file cannot be read further. */
  public Line next() throws IOException {
    CsvRows.Next next = rows.next();
    while (next instanceof CsvRows.Next.Row(long _, List<String> cells) && isBlank(cells)) {
      next = rows.next();
    }
    return switch (next) {
      case CsvRows.Next.Row(long line, List<String> cells) -> {
        follow(cells);
        yield line(line, cells);
      }
      case CsvRows.Next.Malformed(long line, String why) -> new Line.Broken(line, why);
      case CsvRows.Next.End _ -> new Line.End();
    };
  }

  private void follow(List<String> cells) {
    rowsRead++;
    // A character that no cell needs: cells that were cut otherwise are another row.
    chain = Hash.sha256(Bytes.utf8(chain + String.join("\u001f", cells)));
    first = first == null ? chain : first;
  }

  /** How far it was read; empty before its first row. */
  public Optional<FileMark> mark() {
    return Optional.ofNullable(first).map(file -> new FileMark(file, rowsRead, chain));
  }

  /** Bytes of the file that were read, some ahead of the last line. */
  public long bytesRead() {
    return bytesRead.getAsLong();
  }

  /** Spreadsheets end a table with rows of delimiters. */
  private static boolean isBlank(List<String> cells) {
    return cells.stream().allMatch(String::isBlank);
  }

  private Line line(long line, List<String> cells) {
    // A header that ends in a delimiter has a column without a name, which rows may leave out.
    boolean fits = cells.size() == columns || (endsEmpty && cells.size() == columns - 1);
    if (!fits) {
      return new Line.Refused(
          line, "has %d cells where the header has %d".formatted(cells.size(), columns));
    }
    for (int place : nameless) {
      if (place < cells.size() && !cells.get(place).isBlank()) {
        return new Line.Refused(
            line,
            "has something in column %d, which has no name: quote what holds a delimiter"
                .formatted(place + 1));
      }
    }
    String cell = cells.get(valueAt).strip();
    if (format.isMissing(cell)) {
      return new Line.Missing(line);
    }
    String when = joined(cells);
    Optional<Instant> time = format.time(when);
    if (time.isEmpty()) {
      return new Line.Refused(
          line,
          format
              .times()
              .doubt(when)
              .orElseGet(
                  () ->
                      "the time %s is not written as --time-format says: expected is %s"
                          .formatted(shown(when), format.times().expected())));
    }
    return format
        .number(cell)
        .<Line>map(value -> new Line.Sample(line, time.get(), value))
        .orElseGet(
            () ->
                new Line.Refused(
                    line,
                    "'%s' is no number with the decimal mark '%s': %s"
                        .formatted(format.valueColumn(), format.decimal(), shown(cell))));
  }

  // Whatever the file holds: nothing that a terminal obeys, and no more than helps.
  private static String shown(String cell) {
    var shown = new StringBuilder("'");
    cell.codePoints()
        .limit(CELL_SHOWN_MAX)
        .forEach(
            point -> {
              if (PRINTED.matcher(Character.toString(point)).matches()) {
                shown.appendCodePoint(point);
              } else {
                shown.append("\\u{%x}".formatted(point));
              }
            });
    return shown + (cell.codePointCount(0, cell.length()) > CELL_SHOWN_MAX ? "…'" : "'");
  }

  private String joined(List<String> cells) {
    var text = new StringJoiner(" ");
    for (int place : timeAt) {
      text.add(cells.get(place).strip());
    }
    return text.toString();
  }

  @Override
  public void close() {
    rows.close();
  }

  /**
   * What is in a file.
   *
   * @param refusals the first few refused lines, as sentences
   */
  public record Contents(
      long readings,
      long missing,
      long refused,
      Instant first,
      Instant last,
      List<String> refusals) {
    private static final int REFUSALS_MAX = 10;

    public Contents {
      refusals = List.copyOf(refusals);
    }
  }

  /** What scanning gives. */
  public sealed interface Scanned {
    record Found(Contents contents) implements Scanned {}

    /** No reading at all, or a break in the middle. */
    record Unreadable(String why) implements Scanned {}
  }

  /** Reads the whole file once, to know its span and its mistakes before anything is sent. */
  public static Scanned scan(Path path, ReadingFormat format) {
    return switch (open(path, format)) {
      case Opened.Unreadable(String why) -> new Scanned.Unreadable(why);
      case Opened.Ready(ReadingFile file) -> {
        try (file) {
          yield new Scan(path).over(file);
        } catch (IOException e) {
          yield new Scanned.Unreadable("cannot read " + path + ": " + e.getMessage());
        }
      }
    };
  }

  /** One pass over a file. */
  private static final class Scan {
    private final Path path;
    private final List<String> refusals = new ArrayList<>();
    private long readings;
    private long missing;
    private long refused;
    private Instant first = Instant.MAX;
    private Instant last = Instant.MIN;

    Scan(Path path) {
      this.path = path;
    }

    Scanned over(ReadingFile file) throws IOException {
      while (true) {
        switch (file.next()) {
          case Line.Sample reading -> note(reading);
          case Line.Missing _ -> missing++;
          case Line.Refused(long line, String why) -> refuse(line, why);
          case Line.Broken(long line, String why) -> {
            return new Scanned.Unreadable("%s line %d: %s".formatted(path, line, why));
          }
          case Line.End _ -> {
            return end();
          }
        }
      }
    }

    private void note(Line.Sample reading) {
      readings++;
      first = reading.time().isBefore(first) ? reading.time() : first;
      last = reading.time().isAfter(last) ? reading.time() : last;
    }

    private void refuse(long line, String why) {
      refused++;
      if (refusals.size() < Contents.REFUSALS_MAX) {
        refusals.add("%s line %d: %s".formatted(path, line, why));
      }
    }

    private Scanned end() {
      return readings > 0
          ? new Scanned.Found(new Contents(readings, missing, refused, first, last, refusals))
          : new Scanned.Unreadable(
              refusals.isEmpty() ? path + " has no readings" : refusals.getFirst());
    }
  }
}
