package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 34: exit codes as the help tells them, and messages that say what to do. */
class ExitCodesTest {
  @TempDir Path folder;

  @Test
  void what_the_server_finds_wrong_in_an_option_is_wrong_usage_and_in_a_document_is_not()
      throws IOException {
    try (var server = TestServer.start()) {
      String data = server.dataFolder(folder);
      for (String code : new String[] {"invalid", "invalid-document"}) {
        server.reply(
            "GET /v1/devices",
            400,
            "{\"error\":{\"code\":\"%s\",\"message\":\"no such state\"}}".formatted(code));
        Cli ran = Cli.run("device", "list", "--state", "lost", "--data", data);
        assertThat(ran.exit())
            .isEqualTo(code.equals("invalid") ? ExitCode.USAGE : ExitCode.REFUSED);
        assertThat(ran.err()).contains("no such state");
      }
    }
  }

  @Test
  void an_answer_that_says_no_ends_with_1_for_people_and_for_programs() throws IOException {
    Path document = Files.writeString(folder.resolve("policy.json"), "{}");
    try (var server = TestServer.start()) {
      String data = server.dataFolder(folder);
      server.reply("POST /v1/ledger/verify", 200, "{\"sound\":false,\"problem\":\"tile 3\"}");
      server.reply("POST /v1/policy/check", 200, "{\"valid\":false}");
      server.reply("POST /v1/policy/test", 200, "{\"allowed\":false}");
      server.reply("POST /v1/policy/dry-run", 200, "{\"refused\":3,\"judged\":9}");
      for (List<String> words :
          List.of(
              List.of("ledger", "verify"),
              List.of("policy", "check", document.toString()),
              List.of("policy", "test", "--device", "a", "--topic", "b"),
              List.of("policy", "dry-run", document.toString()))) {
        for (List<String> form : List.of(List.<String>of(), List.of("--json"))) {
          var line = new ArrayList<>(words);
          line.addAll(List.of("--data", data));
          line.addAll(form);
          Cli ran = Cli.run(line.toArray(String[]::new));
          assertThat(ran.exit()).as(line + ran.err()).isEqualTo(ExitCode.REFUSED);
        }
      }
    }
  }

  @Test
  void where_devices_enroll_the_port_of_the_api_is_told() throws IOException {
    try (var server = TestServer.start()) {
      server.reply("GET /v1/status", 404, "no such resource");
      Cli ran = Cli.run("status", "--data", server.dataFolder(folder));
      assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
      assertThat(ran.err()).contains("may be where devices enroll", "--server", "8444");
    }
  }

  @Test
  void where_no_server_runs_the_whole_path_is_told_and_how_to_name_another() {
    Cli ran = Cli.run("status", "--data", "no-such-folder");
    assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(ran.err())
        .contains("no server is running on " + Path.of("no-such-folder").toAbsolutePath())
        .contains("--data DIR or TELLTALE_DATA");
  }
}
