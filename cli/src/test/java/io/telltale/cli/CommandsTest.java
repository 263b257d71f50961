package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.cli.api.Answer;
import io.telltale.cli.print.Screen;
import io.telltale.cli.query.QueryCommand;
import io.telltale.crypto.x509.Usage;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands against a real HTTPS server with mTLS (OP-3, IN-11). */
class CommandsTest {
  @TempDir Path folder;
  @AutoClose private TestServer server = TestServer.start();
  private String data = "";

  @BeforeEach
  void make_the_data_folder() throws IOException {
    data = server.dataFolder(folder);
  }

  @Test
  void devices_are_listed_in_a_table_that_shows_escapes_instead_of_obeying_them() {
    server.reply(
        "GET /v1/devices",
        200,
        """
        {"devices":[
          {"id":"press-1","state":"ACTIVE","type":"press","number":7,
           "site":"\\u001b[2Jplant\\r\\n"},
          {"id":"press-22","state":"QUARANTINED","type":"press","number":12,
           "site":"\\u202eevil"}]}
        """);
    Cli ran = Cli.run("device", "list", "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out()).contains("press-1", "press-22").doesNotContain("\u001b", "\r", "\u202e");
  }

  @Test
  void json_is_the_servers_answer_as_it_came() {
    String answer = "{\"devices\":[],\"next\":null}";
    server.reply("GET /v1/devices", 200, answer);
    assertThat(Cli.run("device", "list", "--json", "--data", data).out())
        .isEqualToIgnoringNewLines(answer);
  }

  @Test
  void a_refusal_exits_with_1_and_says_what_the_server_said() {
    server.reply(
        "POST /v1/devices/press-1/revoke",
        409,
        "{\"error\":{\"code\":\"not-possible\",\"message\":\"it is \\u001bretired already\"}}");
    Cli ran = Cli.run("device", "revoke", "press-1", "--reason", "stolen", "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("not-possible: it is \\u{1b}retired already");
    assertThat(server.requests).singleElement().asString().contains("\"reason\":\"stolen\"");
  }

  @Test
  void a_device_is_changed_in_what_is_named_only() {
    server.reply("POST /v1/devices/press-1/set", 200, "{\"revision\":3,\"changed\":true}");
    Cli ran =
        Cli.run(
            "device",
            "set",
            "press-1",
            "--site",
            "hall 2",
            "--owner-team",
            "",
            "--label",
            "a=b",
            "--no-label",
            "line",
            "--if-revision",
            "2",
            "--data",
            data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out()).contains("revision 3");
    assertThat(server.requests.getLast())
        .contains("\"site\":\"hall 2\"", "\"ownerTeam\":\"\"", "\"a\":\"b\"", "\"line\":null")
        .contains("\"ifRevision\":2")
        .doesNotContain("region", "reason");
    assertThat(Cli.run("device", "set", "press-1", "--data", data).exit())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void a_devices_history_shows_what_changed() {
    server.reply(
        "GET /v1/devices/press-1/history",
        200,
        """
        {"history":[{"from":"active","to":"active","actor":"o","reason":"moved","time":"noon",
          "changes":[{"field":"site","before":"hall 1","after":"hall\\u001b 2"}]}]}
        """);
    Cli ran = Cli.run("device", "history", "press-1", "--data", data);
    assertThat(ran.out()).contains("site: 'hall 1' to 'hall\\u{1b} 2'");
  }

  @Test
  void a_csv_answer_has_no_formula_in_it() {
    server.reply(
        "POST /v1/query",
        200,
        """
        {"columns":[{"name":"site","type":"VARCHAR"},{"name":"v","type":"DOUBLE"}],
         "rows":[["=HYPERLINK(1)",-1.5],["a,\\"b",2]],"resultHash":"00","queryId":"q"}
        """);
    Cli ran = Cli.run("query", "SELECT 1", "--format", "csv", "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out().lines()).contains("'=HYPERLINK(1),-1.5", "\"a,\"\"b\",2");
  }

  @Test
  void an_answer_that_was_cut_says_so_in_every_format() throws IOException {
    server.reply(
        "POST /v1/query",
        200,
        """
        {"columns":[{"name":"a","type":"BIGINT"}],"rows":[[1]],"rowCount":1,"truncated":true,
         "resultHash":"00","queryId":"q","parquet":"UEFSMQ=="}
        """);
    Path out = folder.resolve("answer.parquet");
    for (String format : List.of("table", "csv", "json")) {
      Cli ran = Cli.run("query", "SELECT 1", "--format", format, "--limit", "1", "--data", data);
      assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
      assertThat(ran.err()).contains("truncated after 1 rows", "--limit", "OFFSET");
    }
    Cli ran =
        Cli.run(
            "query",
            "SELECT 1",
            "--format",
            "parquet",
            "-o",
            out.toString(),
            "--timeout",
            "9",
            "--data",
            data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out()).contains("1 rows in " + out, "truncated");
    assertThat(out).hasContent("PAR1");
    assertThat(server.requests.getLast())
        .contains("\"format\":\"parquet\"", "\"timeoutSeconds\":7", "\"limit\":10000");
  }

  @Test
  void an_answer_whose_file_is_no_base64_is_not_written() throws IOException {
    server.reply(
        "POST /v1/query",
        200,
        """
        {"columns":[],"rows":[],"resultHash":"00","queryId":"q","parquet":"UEFSMR=="}
        """);
    Path out = folder.resolve("answer.parquet");
    Cli ran = Cli.run("query", "SELECT 1", "-o", out.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("no file in base64");
    assertThat(out).doesNotExist();
  }

  // Firm ground, section 3: what can be asked for is shown.
  @Test
  void tables_are_asked_for_by_statements_that_the_server_knows() {
    server.reply(
        "POST /v1/query",
        200,
        """
        {"columns":[{"name":"name","type":"VARCHAR"},{"name":"about","type":"VARCHAR"}],
         "rows":[["readings","values\\u001b[2J"]],"resultHash":"00","queryId":"q"}
        """);
    Cli all = Cli.run("tables", "--data", data);
    assertThat(all.exit()).as(all.err()).isEqualTo(ExitCode.OK);
    assertThat(all.out()).contains("readings", "values").doesNotContain("\u001b");
    assertThat(server.requests.getLast()).contains("\"sql\":\"SHOW TABLES\"");
    assertThat(Cli.run("tables", "minutes", "--data", data).exit()).isEqualTo(ExitCode.OK);
    assertThat(server.requests.getLast()).contains("\"sql\":\"DESCRIBE minutes\"");
    assertThat(Cli.run("tables", "a; DROP", "--data", data).exit()).isEqualTo(ExitCode.USAGE);
    assertThat(server.requests).hasSize(2);
  }

  @Test
  void a_query_is_not_asked_that_could_not_be_shown() {
    for (List<String> wrong :
        List.of(
            List.of("--format", "parquet"),
            List.of("--format", "xls"),
            List.of("--limit", "0"),
            List.of("--limit", "100001"))) {
      var line = new java.util.ArrayList<>(List.of("query", "SELECT 1", "--data", data));
      line.addAll(wrong);
      assertThat(Cli.run(line.toArray(String[]::new)).exit()).isEqualTo(ExitCode.USAGE);
    }
    assertThat(server.requests).isEmpty();
  }

  @Test
  void a_token_goes_into_a_file_for_its_owner_only_and_never_onto_the_screen() throws IOException {
    server.reply("POST /v1/enroll-tokens", 200, "{\"device\":\"press-1\",\"token\":\"planted\"}");
    Path out = folder.resolve("token.json");
    Cli ran =
        Cli.run(
            "enroll-token",
            "create",
            "--device",
            "press-1",
            "--out",
            out.toString(),
            "--data",
            data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out() + ran.err()).doesNotContain("planted");
    assertThat(out).content().contains("planted");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out)))
        .isEqualTo("rw-------");
    // Another token there may be the only one of its kind.
    int asked = server.requests.size();
    String[] again = {
      "enroll-token", "create", "--device", "p", "--out", out.toString(), "--data", data
    };
    Cli refused = Cli.run(again);
    assertThat(refused.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err()).contains("--force");
    assertThat(server.requests).hasSize(asked);
    String[] forced = java.util.Arrays.copyOf(again, again.length + 1);
    forced[again.length] = "--force";
    assertThat(Cli.run(forced).exit()).isEqualTo(ExitCode.OK);
  }

  @Test
  void a_proof_is_written_as_it_came() {
    server.reply("POST /v1/proofs", 200, "{\"format\":\"telltale-proof\"}");
    Path out = folder.resolve("proof.json");
    Cli ran =
        Cli.run("proof", "export", "--query", "SELECT 1", "--out", out.toString(), "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(out).hasContent("{\"format\":\"telltale-proof\"}");
  }

  // As curl and openssl do; and what is there is whole at any moment.
  @Test
  void an_answer_replaces_the_file_that_is_named_and_is_written_through_links_and_pipes()
      throws IOException, InterruptedException {
    server.reply("POST /v1/proofs", 200, "{\"format\":\"telltale-proof\"}");
    server.reply("POST /v1/query", 200, "{\"columns\":[],\"rows\":[]}");
    Path file = folder.resolve("answer.json");
    Path link = folder.resolve("link.json");
    Files.createSymbolicLink(link, file);
    for (List<String> command : List.of(List.of("proof", "export"), List.of("query"))) {
      Files.writeString(file, "what was there before");
      assertThat(written(command, link)).contains(link.toString());
      assertThat(link).isSymbolicLink();
      assertThat(Files.readString(file)).startsWith("{").doesNotContain("before");
    }
    Path pipe = folder.resolve("pipe.json");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process reader = new ProcessBuilder("cat", pipe.toString()).start();
    try {
      written(List.of("proof", "export"), pipe);
      assertThat(Files.isRegularFile(pipe)).isFalse();
      assertThat(new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("{\"format\":\"telltale-proof\"}");
    } finally {
      reader.destroyForcibly();
    }
  }

  private String written(List<String> command, Path out) {
    var line = new java.util.ArrayList<>(command);
    line.addAll(List.of("SELECT 1", "-o", out.toString(), "--data", data));
    Cli ran = Cli.run(line.toArray(String[]::new));
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    return ran.out();
  }

  // Firm ground 7, section 3: one way to ask, whatever is to come of it.
  @Test
  void a_question_is_asked_by_the_same_options_for_rows_and_for_a_proof() {
    server.reply("POST /v1/proofs", 200, "{}");
    server.reply("POST /v1/query", 200, "{\"columns\":[],\"rows\":[]}");
    List<List<String>> ways =
        List.of(
            List.of("SELECT 1", "-o"),
            List.of("SELECT 1", "--output"),
            List.of("--query", "SELECT 1", "--out"));
    for (List<String> command : List.of(List.of("proof", "export"), List.of("query"))) {
      for (List<String> way : ways) {
        var line = new java.util.ArrayList<>(command);
        line.addAll(way);
        Path out = folder.resolve("answer");
        line.addAll(List.of(out.toString(), "--purpose", "audit 7", "--data", data));
        Cli ran = Cli.run(line.toArray(String[]::new));
        assertThat(ran.exit()).as(line + ran.err()).isEqualTo(ExitCode.OK);
        assertThat(server.requests.getLast())
            .contains("\"sql\":\"SELECT 1\"", "\"purpose\":\"audit 7\"");
      }
    }
    Cli both = Cli.run("query", "SELECT 1", "--query", "SELECT 2", "--data", data);
    assertThat(both.exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void rows_that_are_wider_than_the_screen_are_printed_one_below_the_other_and_never_cut() {
    String wide = "x".repeat(100);
    var answer =
        new Answer.Ok(
            Bytes.utf8(
                """
                {"columns":[{"name":"a","type":"VARCHAR"},{"name":"long_name","type":"VARCHAR"}],
                 "rows":[["1","%s"],["2",null]],"rowCount":2,"resultHash":"00","queryId":"q"}
                """
                    .formatted(wide)));
    assertThat(printed(answer, QueryCommand.Format.AUTO, 80))
        .startsWith("-- row 1\na          1\nlong_name  " + wide + "\n-- row 2\na          2\n");
    assertThat(printed(answer, QueryCommand.Format.AUTO, Screen.ENDLESS))
        .isEqualTo(printed(answer, QueryCommand.Format.TABLE, 80))
        .startsWith("a  long_name");
    assertThat(printed(answer, QueryCommand.Format.VERTICAL, Screen.ENDLESS)).contains("-- row 2");
    assertThat(Screen.columns(java.util.Optional.of("120"))).isEqualTo(120);
    assertThat(Screen.columns(java.util.Optional.of("0x"))).isEqualTo(80);
  }

  private static String printed(Answer.Ok answer, QueryCommand.Format format, int columns) {
    var text = new java.io.StringWriter();
    QueryCommand.print(answer, format, columns, new java.io.PrintWriter(text));
    return text.toString().replace("\r", "");
  }

  @Test
  void the_checkpoint_is_printed_byte_for_byte() {
    String note = "telltale.local/ledger\n1\nAAAA\n\n\u2014 telltale.local/ledger AAAA\n";
    server.reply("GET /v1/ledger/checkpoint", 200, note);
    assertThat(Cli.run("ledger", "checkpoint", "--data", data).out()).isEqualTo(note);
  }

  @Nested
  class Whom_it_talks_to {
    private void unreachable(String data, String... words) {
      Cli ran = Cli.run("status", "--data", data);
      assertThat(ran.exit()).as(ran.out()).isEqualTo(ExitCode.UNREACHABLE);
      assertThat(ran.err()).contains(words);
      assertThat(server.requests).isEmpty();
    }

    @Test
    void no_server_says_how_to_start_one() {
      unreachable(folder.resolve("nowhere").toString(), "./telltale run");
      Path blank = folder.resolve("no where");
      unreachable(blank.toString(), "./telltale run --data \"" + blank + "\"");
      server.close();
      unreachable(data, "./telltale run");
    }

    @Test
    void a_device_that_poses_as_the_server_is_not_believed()
        throws IOException, GeneralSecurityException {
      server.close();
      var ca = server.ca;
      server =
          new TestServer(
              ca, ca.issue(TestCa.Wish.server("spiffe://telltale.local/default/device/x")));
      unreachable(server.dataFolder(folder), "service");
    }

    @Test
    void a_server_under_another_root_is_not_believed() throws IOException {
      unreachable(
          server
              .dataFolder(
                  folder, new TestCa("root"), server.ca.issue(TestCa.Wish.of(TestServer.OPERATOR)))
              .toString(),
          "not trusted");
    }

    @Test
    void a_client_certificate_in_a_servers_place_is_not_believed()
        throws IOException, GeneralSecurityException {
      server.close();
      var ca = server.ca;
      server =
          new TestServer(
              ca, ca.issue(TestCa.Wish.server(TestServer.SERVICE).usages(Set.of(Usage.CLIENT))));
      unreachable(server.dataFolder(folder), "is not trusted: wrong usage): is the port right?");
    }
  }

  @Nested
  class Usage_and_help {
    @Test
    void a_wrong_command_line_exits_with_2_before_anything_is_asked() {
      List<List<String>> wrong =
          List.of(
              List.of("device", "revoke", "press-1"),
              List.of("device", "lst"),
              List.of("proof", "export", "--out", "x"),
              List.of("verify", "proof.json"),
              List.of("enroll-token", "create", "--device", "x"));
      for (List<String> line : wrong) {
        assertThat(Cli.run(line.toArray(String[]::new)).exit())
            .as(line.toString())
            .isEqualTo(ExitCode.USAGE);
      }
      assertThat(server.requests).isEmpty();
    }

    @Test
    void every_command_has_help_with_its_exit_codes() {
      Cli.line().getSubcommands().forEach((name, command) -> help(name, command));
    }

    // It was "no answer from ... (ConnectException)".
    @Test
    void a_host_that_does_not_exist_is_told_so() throws IOException {
      String data = server.dataFolder(folder);
      Cli ran = Cli.run("status", "--server", "https://example.invalid:8444", "--data", data);
      assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
      assertThat(ran.err())
          .isEqualTo("telltale: there is no such host as example.invalid: check --server\n");
      ran = Cli.run("status", "--server", "https://127.0.0.1:1", "--data", data);
      assertThat(ran.err()).contains("nothing listens there").doesNotContain("Exception");
    }

    private static void help(String name, CommandLine command) {
      Cli ran = Cli.run(name, "--help");
      assertThat(ran.exit()).as(name).isEqualTo(ExitCode.OK);
      assertThat(ran.out()).as(name).contains("Usage: ./telltale " + name, "Exit codes:");
      command
          .getSubcommands()
          .keySet()
          .forEach(
              below ->
                  assertThat(Cli.run(name, below, "--help").exit())
                      .as(name + " " + below)
                      .isEqualTo(ExitCode.OK));
    }
  }
}
