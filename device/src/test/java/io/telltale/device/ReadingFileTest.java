package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.ReadingFile.Line;
import io.telltale.testkit.JavaProgram;
import io.telltale.testkit.Ran;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other people's files of readings, as they are (IN-11, firm ground 29). */
final class ReadingFileTest {
  private static final String ISO = "ISO 8601, as 2013-12-02T21:15:00Z or 2013-12-02 21:15";

  @TempDir private Path folder;

  private static ReadingFormat format(List<String> time, String value, String times, String marks) {
    return new ReadingFormat(
        time,
        value,
        TimeText.named(times, ZoneId.of("Europe/Rome")).orElseThrow(),
        marks.charAt(0),
        marks.charAt(1),
        Set.of("-200"),
        StandardCharsets.UTF_8);
  }

  private Path file(String text) throws IOException {
    return file(text, StandardCharsets.UTF_8);
  }

  private Path file(String text, Charset encoding) throws IOException {
    return Files.write(folder.resolve("readings.csv"), text.getBytes(encoding));
  }

  private static List<Line> lines(Path path, ReadingFormat format) throws IOException {
    var lines = new ArrayList<Line>();
    var opened = (ReadingFile.Opened.Ready) ReadingFile.open(path, format);
    try (ReadingFile file = opened.file()) {
      Line line = file.next();
      while (!(line instanceof Line.End)) {
        lines.add(line);
        if (line instanceof Line.Broken) {
          break;
        }
        line = file.next();
      }
    }
    return lines;
  }

  private static Line.Sample reading(long line, String time, double value) {
    return new Line.Sample(line, Instant.parse(time), value);
  }

  @Test
  void a_decimal_comma_in_a_comma_separated_file_is_a_refused_line_and_never_its_first_half()
      throws IOException {
    Path path = file("timestamp,value\n2013-12-02 21:15:00,21,5\n2013-12-02 21:20:00,22.5\n");
    assertThat(lines(path, ReadingFormat.standard()))
        .containsExactly(
            new Line.Refused(2, "has 3 cells where the header has 2"),
            reading(3, "2013-12-02T21:20:00Z", 22.5));
  }

  @Test
  void a_cell_under_no_name_is_a_refused_line_and_not_the_second_half_of_a_value()
      throws IOException {
    Path path =
        file(
            """
            timestamp,value,
            2013-12-02 21:15:00,21,5
            2013-12-02 21:20:00,22.5,
            2013-12-02 21:25:00,22.75
            """);
    assertThat(lines(path, ReadingFormat.standard()))
        .containsExactly(
            new Line.Refused(
                2, "has something in column 3, which has no name: quote what holds a delimiter"),
            reading(3, "2013-12-02T21:20:00Z", 22.5),
            reading(4, "2013-12-02T21:25:00Z", 22.75));
    Path between = file("timestamp;;value\n2020-01-01 00:00:00;5;1\n");
    assertThat(lines(between, format(List.of("timestamp"), "value", "auto", ";.")))
        .allMatch(line -> line instanceof Line.Refused);
    Path numbered = file(",timestamp,value\n0,2020-01-01 00:00:00,1\n");
    assertThat(lines(numbered, ReadingFormat.standard()))
        .containsExactly(reading(2, "2020-01-01T00:00:00Z", 1));
  }

  @Test
  void a_column_that_is_asked_for_and_there_twice_is_named() throws IOException {
    assertThat(why(file("timestamp,value,value\n2020-01-01 00:00:00,1,2\n")))
        .contains("'value' twice");
    assertThat(why(file("timestamp,value,timestamp\n2020-01-01 00:00:00,1,2\n")))
        .contains("'timestamp' twice");
    Path others = file("timestamp,value,q,q\n2020-01-01 00:00:00,1,2,3\n");
    assertThat(lines(others, ReadingFormat.standard())).hasSize(1);
  }

  // https://www.iana.org/time-zones: Rome left out 02:00 to 03:00 on 2019-03-31, and had it twice
  // on 2019-10-27.
  @Test
  void a_local_time_that_never_was_or_was_twice_is_refused_with_its_line() throws IOException {
    Path path =
        file(
            """
            when,v
            2019-03-31 01:59:59,1
            2019-03-31 02:30:00,2
            2019-03-31 03:00:00,3
            2019-10-27 02:30:00,4
            2019-10-27 02:30:00+01:00,5
            2019-10-27 03:00:00,6
            """);
    assertThat(lines(path, format(List.of("when"), "v", "auto", ",.")))
        .containsExactly(
            reading(2, "2019-03-31T00:59:59Z", 1),
            new Line.Refused(3, "the time 2019-03-31T02:30 never was in Europe/Rome"),
            reading(4, "2019-03-31T01:00:00Z", 3),
            new Line.Refused(
                5, "the time 2019-10-27T02:30 was twice in Europe/Rome: write the offset with it"),
            reading(6, "2019-10-27T01:30:00Z", 5),
            reading(7, "2019-10-27T02:00:00Z", 6));
  }

  @Test
  void what_is_no_number_as_people_write_them_is_refused_with_its_line() throws IOException {
    var cells =
        List.of(
            "NaN", "Infinity", "1e999", "0x1p3", "1d", "1_0", "1 0", "1,5", "--1", "+", ".", "e5");
    var text = new StringBuilder("timestamp;value\n");
    cells.forEach(cell -> text.append("2020-01-01 00:00:00;").append(cell).append('\n'));
    List<Line> lines =
        lines(file(text.toString()), format(List.of("timestamp"), "value", "auto", ";."));
    assertThat(lines).hasSize(cells.size()).allMatch(line -> line instanceof Line.Refused);
    assertThat(lines.getLast())
        .isEqualTo(new Line.Refused(13, "'value' is no number with the decimal mark '.': 'e5'"));
    assertThat(
            lines(
                file("timestamp;value\n2020-01-01;1.5\n"),
                format(List.of("timestamp"), "value", "auto", ";,")))
        .containsExactly(
            new Line.Refused(2, "'value' is no number with the decimal mark ',': '1.5'"));
  }

  // https://archive.ics.uci.edu/dataset/360: two columns of time, decimal commas, -200, empty tails
  @Test
  void the_air_quality_file_is_read_as_it_is() throws IOException {
    Path path =
        file(
            """
            Date;Time;CO(GT);PT08.S1(CO);;
            10/03/2004;18.00.00;2,6;1360;;
            10/03/2004;19.00.00;-200;1292;;
            10/03/2004;20.00.00;2,2;1402;;
            ;;;;;
            ;;;;;
            """
                .replace("\n", "\r\n"));
    assertThat(lines(path, format(List.of("Date", "Time"), "CO(GT)", "dd/MM/yyyy HH.mm.ss", ";,")))
        .containsExactly(
            reading(2, "2004-03-10T17:00:00Z", 2.6),
            new Line.Missing(3),
            reading(4, "2004-03-10T19:00:00Z", 2.2));
  }

  // https://www.mathworks.com/help/thingspeak: created_at,entry_id,field1,...
  @Test
  void a_thingspeak_export_is_read_as_it_is() throws IOException {
    Path path =
        file(
            """
            created_at,entry_id,field1,field2
            2018-01-01 00:00:05 UTC,1,21.5,
            2018-01-01T00:00:20+01:00,2,"21.75",40
            2018-01-01T00:00:35-0500,3,,41
            """);
    assertThat(lines(path, format(List.of("created_at"), "field1", "auto", ",.")))
        .containsExactly(
            reading(2, "2018-01-01T00:00:05Z", 21.5),
            reading(3, "2017-12-31T23:00:20Z", 21.75),
            new Line.Missing(4));
  }

  @Test
  void times_since_the_epoch_are_read_in_their_unit_and_nothing_is_guessed() throws IOException {
    for (String unit :
        List.of("epoch-s 1500000000", "epoch-ms 1500000000000", "epoch-ns 1500000000000000000")) {
      String[] parts = unit.split(" ", 2);
      Path path = file("t,v\n" + parts[1] + ",1\n99999999999999999999,1\n1.5,1\n");
      assertThat(lines(path, format(List.of("t"), "v", parts[0], ",.")))
          .as(unit)
          .first()
          .isEqualTo(reading(2, "2017-07-14T02:40:00Z", 1));
      assertThat(lines(path, format(List.of("t"), "v", parts[0], ",.")))
          .filteredOn(line -> line instanceof Line.Refused)
          .hasSize(2);
      assertThat(lines(path, format(List.of("t"), "v", "auto", ",.")))
          .allMatch(line -> line instanceof Line.Refused);
    }
  }

  @Test
  void days_that_no_calendar_has_are_refused() throws IOException {
    Path path =
        file(
            """
            timestamp,value
            2023-02-29 00:00:00,1
            2024-02-29 00:00:00,1
            2024-01-01 25:00:00,1
            """);
    assertThat(lines(path, ReadingFormat.standard()).get(1))
        .isEqualTo(reading(3, "2024-02-29T00:00:00Z", 1));
    assertThat(lines(path, ReadingFormat.standard()))
        .filteredOn(line -> line instanceof Line.Refused)
        .hasSize(2);
  }

  @Test
  void a_byte_order_mark_quotes_and_line_breaks_in_other_cells_do_no_harm() throws IOException {
    Path path =
        file(
            """
            \uFEFFtimestamp,note,value
            2020-01-01 00:00:00,"a ""b""
            c, d",1

            2020-01-01 00:00:01,e,2
            """);
    assertThat(lines(path, ReadingFormat.standard()))
        .containsExactly(
            reading(2, "2020-01-01T00:00:00Z", 1), reading(5, "2020-01-01T00:00:01Z", 2));
  }

  @Test
  void an_open_quote_and_another_encoding_are_named_with_their_line() throws IOException {
    assertThat(
            lines(file("timestamp,value\n2020-01-01,1\n\"open,2\n"), ReadingFormat.standard())
                .getLast())
        .isEqualTo(
            new Line.Broken(3, "a quote does not end, or a cell does not end after its quote"));
    Path latin =
        file("timestamp,value,ort\n2020-01-01 00:00:00,1,Köln\n", StandardCharsets.ISO_8859_1);
    assertThat(ReadingFile.scan(latin, ReadingFormat.standard()))
        .isInstanceOf(ReadingFile.Scanned.Unreadable.class);
    var own =
        new ReadingFormat(
            List.of("timestamp"),
            "value",
            TimeText.standard(),
            ',',
            '.',
            Set.of(),
            StandardCharsets.ISO_8859_1);
    assertThat(lines(latin, own)).containsExactly(reading(2, "2020-01-01T00:00:00Z", 1));
  }

  // Twenty lines said the same without the cell.
  @Test
  void a_time_that_is_written_otherwise_is_shown_with_what_is_expected() throws IOException {
    String long41 = "9".repeat(41);
    Path path = file("timestamp,value\n31/12/19\u001b[2J\u202e,1\n" + long41 + ",1\n");
    assertThat(lines(path, ReadingFormat.standard()))
        .containsExactly(
            new Line.Refused(2, refused("'31/12/19\\u{1b}[2J\\u{202e}'", ISO)),
            new Line.Refused(3, refused("'" + "9".repeat(40) + "…'", ISO)));
    assertThat(lines(path, format(List.of("timestamp"), "value", "epoch-ms", ",.")).getLast())
        .isEqualTo(
            new Line.Refused(
                3, refused("'" + "9".repeat(40) + "…'", "a whole number of millis since 1970")));
    assertThat(lines(path, format(List.of("timestamp"), "value", "dd/MM/yyyy", ",.")).getLast())
        .isEqualTo(new Line.Refused(3, refused("'" + "9".repeat(40) + "…'", "'dd/MM/yyyy'")));
  }

  private static String refused(String cell, String expected) {
    return "the time %s is not written as --time-format says: expected is %s"
        .formatted(cell, expected);
  }

  @Test
  void what_cannot_be_read_says_what_to_do() throws IOException {
    assertThat(why(folder.resolve("nowhere.csv"))).contains("there is no file");
    assertThat(why(folder)).contains("is not a file");
    assertThat(why(file(""))).contains("is empty");
    assertThat(why(file("time,reading\n1,2\n")))
        .contains("[time, reading]")
        .contains("--value-column");
    assertThat(why(file("timestamp,value\n"))).contains("has no readings");
    assertThat(why(file("timestamp,value\nx,y\n"))).contains("line 2").contains("--time-format");
    assertThat(TimeText.named("no pattern {", ZoneOffset.UTC)).isEmpty();
  }

  private static String why(Path path) {
    return ((ReadingFile.Scanned.Unreadable) ReadingFile.scan(path, ReadingFormat.standard()))
        .why();
  }

  @Test
  void a_scan_counts_spans_and_keeps_the_first_refusals_only() throws IOException {
    var text = new StringBuilder("timestamp,value\n");
    for (int i = 0; i < 50_000; i++) {
      text.append(
          "2020-01-01 %02d:%02d:%02d,%s\n"
              .formatted(i / 3600 % 24, i / 60 % 60, i % 60, i % 100 == 0 ? "x" : i));
    }
    var found =
        (ReadingFile.Scanned.Found)
            ReadingFile.scan(file(text.toString()), ReadingFormat.standard());
    assertThat(found.contents().readings()).isEqualTo(49_500);
    assertThat(found.contents().refused()).isEqualTo(500);
    assertThat(found.contents().refusals()).hasSize(10).first().asString().contains("line 2:");
    assertThat(found.contents().first()).isEqualTo(Instant.parse("2020-01-01T00:00:01Z"));
    assertThat(found.contents().last()).isEqualTo(Instant.parse("2020-01-01T13:53:19Z"));
  }

  @Test
  void a_million_rows_fit_into_a_little_memory() throws Exception {
    Path path = folder.resolve("large.csv");
    try (var out = Files.newBufferedWriter(path)) {
      out.write("timestamp,value\n");
      for (int i = 0; i < 1_000_000; i++) {
        out.write("2020-01-01 00:00:00,21.");
        out.write(Integer.toString(i));
        out.write('\n');
      }
    }
    List<String> options = List.of("-Xmx16m", "-XX:+UseSerialGC");
    Ran scan = Ran.of(JavaProgram.command(options, ScanProgram.class, path.toString()));
    assertThat(scan.output()).contains("readings=1000000").contains("refused=0");
  }
}
