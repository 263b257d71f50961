package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens for a whole file of devices (ID-3, ID-4). */
class TokenFilesTest {
  private static final String ANSWER =
      """
      {"tokens":[{"device":"d-0","token":"planted-0","expires":"2999-01-01T00:00:00Z"},
                 {"device":"d-1","token":"planted-1","expires":"2999-01-01T00:00:00Z"}],
       "enrolled":["d-2"],
       "failures":[{"device":"d-3","code":"wrong-state","message":"readmit it first"}]}
      """;

  @TempDir Path folder;
  @AutoClose private final TestServer server = TestServer.start();
  private String data = "";
  private Path tokens = Path.of("");

  @BeforeEach
  void make_the_folders() throws IOException {
    data = server.dataFolder(folder);
    tokens = folder.resolve("tokens");
    server.reply("POST /v1/enroll-tokens:batch", 200, ANSWER);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("fleet.csv"), text);
  }

  private Cli create(Path file) {
    return Cli.run(
        "enroll-token",
        "create",
        "--from",
        file.toString(),
        "--out-dir",
        tokens.toString(),
        "--ttl",
        "2d",
        "--data",
        data);
  }

  @Test
  void
      where_one_cannot_be_written_the_server_is_not_asked_and_it_is_told_without_the_words_of_java()
          throws IOException {
    Path inTheWay = Files.writeString(folder.resolve("README.md"), "");
    tokens = inTheWay;
    Cli many = create(file("id\nd-0\nd-1\n"));
    assertThat(many.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(many.err()).contains(inTheWay + " is a file").doesNotContain("Exception");
    server.reply("POST /v1/enroll-tokens", 201, "{}");
    String nowhere = folder.resolve("none/a.json").toString();
    Cli one =
        Cli.run("enroll-token", "create", "--device", "d-0", "--out", nowhere, "--data", data);
    assertThat(one.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(one.err())
        .contains("cannot write " + nowhere + ": there is no folder")
        .doesNotContain("Exception", "draft", "probe");
    String within = inTheWay.resolve("a.json").toString();
    one = Cli.run("enroll-token", "create", "--device", "d-0", "--out", within, "--data", data);
    assertThat(one.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(one.err()).contains(inTheWay + " is a file");
    String fleet = folder.resolve("fleet.csv").toString();
    for (String into : List.of(inTheWay.toString(), inTheWay.resolve("deep/er").toString())) {
      Cli imported = Cli.run("device", "import", fleet, "--out-dir", into, "--data", data);
      assertThat(imported.exit()).isEqualTo(ExitCode.USAGE);
      assertThat(imported.err()).contains(inTheWay + " is a file");
    }
    assertThat(server.requests).isEmpty();
  }

  @Test
  void each_goes_into_a_file_for_its_owner_only_and_what_fails_is_named_by_its_line()
      throws IOException {
    Cli ran =
        create(file("\uFEFFsite,id\r\n\"a,\n\"\"b\"\"\",d-0\r\n,d-1\n\nx,d-2\nx,d-3\nx,../up\n"));
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.out())
        .contains("2 token files", "0 were there", "1 device has enrolled", "2 failed");
    assertThat(ran.err()).contains("line 7, d-3: readmit it first", "line 8: has no device id");
    assertThat(ran.out() + ran.err()).doesNotContain("planted");
    assertThat(server.requests)
        .singleElement()
        .asString()
        .contains("[\"d-0\",\"d-1\",\"d-2\",\"d-3\"]", "\"ttlSeconds\":172800");
    for (int i = 0; i < 2; i++) {
      Path one = tokens.resolve("d-" + i + ".json");
      assertThat(one).content().contains("planted-" + i);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one)))
          .isEqualTo("rw-------");
    }
    try (var files = Files.list(tokens)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void the_same_again_asks_only_for_what_has_no_good_file_and_touches_nothing_foreign()
      throws IOException {
    Path file = file("id\nd-0\nd-1\nd-4\n");
    Files.createDirectories(tokens);
    Files.writeString(
        tokens.resolve("d-0.json"), "{\"device\":\"d-0\",\"expires\":\"2999-01-01T00:00:00Z\"}");
    Files.writeString(
        tokens.resolve("d-1.json"), "{\"device\":\"d-1\",\"expires\":\"2001-01-01T00:00:00Z\"}");
    Files.writeString(tokens.resolve("d-4.json"), "my diary");
    server.reply(
        "POST /v1/enroll-tokens:batch",
        200,
        "{\"tokens\":[{\"device\":\"d-1\",\"token\":\"new\",\"expires\":\"2999-01-01T00:00:00Z\"}]}");
    Cli ran = create(file);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("line 4, d-4:", "is something else");
    assertThat(ran.out()).contains("1 token file ", "1 were there");
    assertThat(server.requests).singleElement().asString().contains("[\"d-1\"]");
    assertThat(tokens.resolve("d-1.json")).content().contains("new");
    assertThat(tokens.resolve("d-4.json")).hasContent("my diary");
  }

  @Test
  void a_server_chooses_no_file_names() throws IOException {
    server.reply(
        "POST /v1/enroll-tokens:batch", 200, "{\"tokens\":[{\"device\":\"../operator/x\"}]}");
    Cli ran = create(file("id\nd-0\n"));
    assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(folder.resolve("operator/x.json")).doesNotExist();
  }

  @Test
  void an_import_can_write_them_for_what_it_registered() throws IOException {
    server.reply(
        "POST /v1/devices:import",
        200,
        """
        {"registered":1,"unchanged":1,"failed":2,"failures":[
          {"line":4,"id":"d-3","column":"","message":"exists with other properties"},
          {"line":5,"id":"","column":"id","message":"no id"}]}
        """);
    Path file = file("id,type\nd-0,a\nd-1,a\nd-3,a\nno id,a\n");
    Cli ran =
        Cli.run(
            "device", "import", file.toString(), "--out-dir", tokens.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(server.requests.getLast()).contains("[\"d-0\",\"d-1\"]", "\"ttlSeconds\":86400");
    assertThat(ran.out()).contains("4 rows", "2 token files");
  }

  @Test
  void a_file_without_the_column_or_half_a_command_line_is_refused() throws IOException {
    Cli ran = create(file("name\nd-0\n"));
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("no column id");
    for (List<String> wrong :
        List.of(
            List.of("--from", "x"),
            List.of("--from", "nowhere", "--out-dir", "x"),
            List.of("--device", "a", "--out-dir", "x"),
            List.of("--device", "a", "--out", "x", "--ttl", "0s"))) {
      var line = new java.util.ArrayList<>(List.of("enroll-token", "create", "--data", data));
      line.addAll(wrong);
      assertThat(Cli.run(line.toArray(String[]::new)).exit())
          .as(wrong.toString())
          .isEqualTo(ExitCode.USAGE);
    }
    assertThat(server.requests).isEmpty();
  }

  @Test
  void the_ceiling_is_shown_and_set_in_the_policy_and_nothing_else_of_it_changes() {
    server.reply(
        "GET /v1/policy",
        200,
        "{\"version\":3,\"tokenSecondsMax\":86400,"
            + "\"document\":\"{\\\"version\\\":3,\\\"max\\\":1.10,\\\"rules\\\":[]}\"}");
    server.reply("POST /v1/policy/apply", 200, "{\"version\":4,\"changed\":true}");
    assertThat(Cli.run("enroll-token", "ceiling", "--data", data).out()).contains("86400 s");
    Cli ran = Cli.run("enroll-token", "ceiling", "--set", "72h", "--data", data);
    assertThat(ran.out()).as(ran.err()).contains("version 4");
    assertThat(server.requests.getLast())
        .contains("\"ifVersion\":3", "1.10", "tokenSecondsMax\\\" : 259200")
        .doesNotContain("version\\\"");
  }
}
