package io.telltale.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of devices, of any size (ID-3, firm ground 30). */
class DeviceImportTest {
  private static final String HEADER = "id,type,environment,region,productLine\n";

  @TempDir Path folder;
  @AutoClose private final TestServer server = TestServer.start();
  private String data = "";

  @BeforeEach
  void make_the_data_folder() throws IOException {
    data = server.dataFolder(folder);
  }

  private Cli importFile(Path file) {
    return Cli.run("device", "import", file.toString(), "--data", data);
  }

  private Path file(int rows) throws IOException {
    var text = new StringBuilder(HEADER);
    for (int i = 0; i < rows; i++) {
      text.append("d-").append(i).append(",pump,prod,eu,a\n");
    }
    return Files.writeString(folder.resolve("devices.csv"), text);
  }

  @Test
  void of_any_size_go_in_parts_and_name_each_failed_row_by_the_line_of_the_file()
      throws IOException {
    server.reply(
        "POST /v1/devices:import",
        200,
        """
        {"registered":999,"unchanged":0,"failed":1,
         "failures":[{"line":2,"id":"d","column":"labels","message":"must be key=value"}]}
        """);
    Cli ran = importFile(file(2_500));
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(server.requests).hasSize(3).allMatch(one -> one.contains(HEADER));
    assertThat(ran.err())
        .contains("line 2, d, column labels: must be key=value")
        .contains("line 1002,", "line 2002,");
    assertThat(ran.out()).contains("2,500 rows: 2,997 registered, 0 unchanged, 3 failed");
  }

  @Test
  void that_are_not_utf_8_are_refused_with_the_line_before_anything_is_sent() throws IOException {
    Path latin = folder.resolve("latin.csv");
    Files.writeString(latin, HEADER + "a,pump,prod,eu,b\n\u00e4,pump,prod,eu,b\n", ISO_8859_1);
    Cli ran = Cli.run("device", "import", latin.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("line 3 is not in UTF-8").contains("iconv");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void with_an_endless_quote_or_without_a_file_say_so() throws IOException {
    Path open = folder.resolve("open.csv");
    Files.writeString(open, HEADER + "a,\"" + "x\n".repeat(200_000));
    Cli ran = Cli.run("device", "import", open.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("opens in line 2").contains("never closed");
    Cli none = Cli.run("device", "import", folder.resolve("none.csv").toString(), "--data", data);
    assertThat(none.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err()).contains("there is no file");
  }

  // Zero rows were registered, and all was well.
  @Test
  void of_an_empty_file_the_server_says_what_it_lacks() throws IOException {
    server.reply(
        "POST /v1/devices:import",
        400,
        "{\"error\":{\"code\":\"bad-header\",\"message\":\"there is no row\"}}");
    Cli ran = importFile(Files.writeString(folder.resolve("empty.csv"), ""));
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("bad-header: ", "there is no row");
  }

  @Test
  void from_a_line_behind_the_last_one_are_wrong_usage() throws IOException {
    Cli ran = Cli.run("device", "import", file(3).toString(), "--from-line", "999", "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("--from-line 999 is behind the last row, line 4");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void stop_at_the_first_part_that_the_server_refuses() throws IOException {
    server.reply(
        "POST /v1/devices:import",
        400,
        "{\"error\":{\"code\":\"bad-header\",\"message\":\"the first row names\"}}");
    Cli ran = importFile(file(2_500));
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("bad-header: in the rows from line 2 on: the first row names");
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void a_header_that_is_wrong_is_told_with_its_own_line_and_not_that_of_the_rows()
      throws IOException {
    server.reply(
        "POST /v1/devices:import",
        400,
        """
        {"error":{"code":"bad-header","message":"the column 'id' is missing","line":1}}
        """);
    Cli ran = importFile(file(3));
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err().strip())
        .isEqualTo("telltale: bad-header: line 1: the column 'id' is missing");
  }

  @Test
  void a_line_that_the_server_names_is_told_as_the_line_of_the_file() throws IOException {
    Path file = folder.resolve("far.csv");
    Files.writeString(file, "\n\n" + HEADER + "d,pump,prod,eu,a\n".repeat(1_500));
    server.reply("POST /v1/devices:import", 400, error("\"line\":6"));
    assertThat(importFile(file).err()).contains("bad-csv: line 6: of no kind");
    server.reply("POST /v1/devices:import", 200, "{\"registered\":1000}");
    assertThat(importFile(file).out()).contains("1,500 rows:");
    // What every part begins with, blank lines before it included.
    assertThat(server.requests.getLast()).contains("\n\n" + HEADER + "d,pump");
    server.reply("POST /v1/devices:import", 400, error("\"other\":6"));
    assertThat(importFile(file).err()).contains("in the rows from line 4 on: of no kind");
  }

  private static String error(String more) {
    return "{\"error\":{\"code\":\"bad-csv\",\"message\":\"of no kind\",%s}}".formatted(more);
  }

  @Test
  void a_quote_that_is_never_closed_is_named_by_the_line_where_it_opened() throws IOException {
    Path open = folder.resolve("open.csv");
    Files.writeString(
        open, HEADER + "a,pump,\"two\nlines\",eu,5\" pipe\nb,pump,\"prod,eu,a\nc,pump,prod,eu,a\n");
    Cli ran = importFile(open);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err().strip())
        .isEqualTo("telltale: bad-csv: the quote that opens in line 4 is never closed");
    assertThat(server.requests).isEmpty();

    Cli tokens =
        Cli.run(
            "enroll-token",
            "create",
            "--from",
            open.toString(),
            "--out-dir",
            folder.resolve("tokens").toString(),
            "--data",
            data);
    assertThat(tokens.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(tokens.err())
        .contains("bad-csv: the quote that opens in line 4")
        .doesNotContain("$");
  }

  @Test
  void a_quote_within_a_cell_is_part_of_the_cell() throws IOException {
    server.reply("POST /v1/devices:import", 200, "{\"registered\":1}");
    Path file = folder.resolve("inch.csv");
    Files.writeString(file, HEADER + "a,pump,prod,eu,5\" pipe\nb,pump,prod,eu, \"a \"\"b\"\"\"\n");
    assertThat(importFile(file).out()).contains("2 rows:");
  }

  @Test
  void a_folder_is_told_from_a_file_that_is_not_there() {
    Cli ran = importFile(folder);
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains(folder + " is a folder").doesNotContain("there is no");
  }
}
