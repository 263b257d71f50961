package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** IN-12: a policy at a terminal. */
class PolicyCommandTest {
  @TempDir Path folder;
  @AutoClose private final TestServer server = TestServer.start();
  private String data = "";

  @BeforeEach
  void make_the_data_folder() throws IOException {
    data = server.dataFolder(folder);
  }

  // IN-12
  @Test
  void a_policys_mistakes_are_printed_as_an_editor_finds_them() throws IOException {
    Path file = Files.writeString(folder.resolve("own.json"), "{\"rules\": 1}");
    server.reply(
        "POST /v1/policy/check",
        200,
        """
        {"valid":false,"mistakes":[{"pointer":"/rules","line":3,"column":9,
         "message":"must be an \\u001barray"}]}
        """);
    Cli ran = Cli.run("policy", "check", file.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.out()).contains(file + ":3:9: /rules must be an \\u{1b}array");
    assertThat(server.requests.getLast()).contains("{\\\"rules\\\": 1}");

    Files.write(file, new byte[] {'{', (byte) 0xe9, '}'});
    ran = Cli.run("policy", "apply", file.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(ran.err()).contains("is not UTF-8");
  }

  @Test
  void a_file_that_is_no_json_is_told_in_a_sentence() throws IOException {
    Path file = Files.writeString(folder.resolve("README.md"), "# Telltale");
    server.reply(
        "POST /v1/policy/check",
        200,
        """
        {"valid":false,"mistakes":[{"pointer":"","line":1,"column":1,
         "message":"not JSON: Unexpected character"}]}
        """);
    Cli ran = Cli.run("policy", "check", file.toString(), "--data", data);
    assertThat(ran.out()).contains(file + ":1:1: the document is not JSON: Unexpected character");
  }

  // It was cut at 80 characters.
  @Test
  void what_a_test_of_a_policy_says_is_printed_whole() {
    String why = "the schema does " + "not take this, for a reason of many words, ".repeat(4) + "!";
    server.reply(
        "POST /v1/policy/test",
        200,
        """
        {"allowed":false,"steps":[{"step":"schema","passed":false,"detail":"%s"}]}
        """
            .formatted(why));
    Cli ran = Cli.run("policy", "test", "--device", "d", "--topic", "t", "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.out()).contains(why).doesNotContain("\u2026");
  }

  // Ten of them were one line of 900 characters.
  @Test
  void a_policy_with_mistakes_that_is_applied_is_told_one_a_line() throws IOException {
    Path file = Files.writeString(folder.resolve("bad.json"), "{\"rules\": 1}");
    server.reply(
        "POST /v1/policy/apply",
        400,
        "{\"error\":{\"code\":\"invalid-document\",\"message\":\"line 3, column 9; line 4\"}}");
    server.reply(
        "POST /v1/policy/check",
        200,
        """
        {"valid":false,"mistakes":[
         {"pointer":"/rules","line":3,"column":9,"message":"must be an array"},
         {"pointer":"/extra","line":4,"column":2,"message":"is unknown here"}]}
        """);
    Cli ran = Cli.run("policy", "apply", file.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err().lines())
        .containsExactly(
            file + ":3:9: /rules must be an array",
            file + ":4:2: /extra is unknown here",
            "telltale: invalid-document: 2 mistakes in " + file + "; nothing was changed");
  }

  // Firm ground 7: the second recipe on one server
  @Test
  void a_policy_that_cuts_devices_off_is_applied_only_where_that_is_said() throws IOException {
    Path file = Files.writeString(folder.resolve("own.json"), "{}");
    server.reply(
        "POST /v1/policy/apply",
        409,
        "{\"error\":{\"code\":\"cuts-off\",\"message\":\"1 of the type plug\"}}");
    Cli ran = Cli.run("policy", "apply", file.toString(), "--data", data);
    assertThat(ran.exit()).isEqualTo(ExitCode.REFUSED);
    assertThat(ran.err()).contains("cuts-off: 1 of the type plug");
    assertThat(server.requests.getLast()).doesNotContain("cutOff");
    server.reply(
        "POST /v1/policy/rollback",
        200,
        """
        {"version":6,"changed":true,"contentOf":4,"deviceTypes":1,"messageTypes":2,
         "cutOff":[{"deviceType":"plug","devices":1}],
         "lost":[{"messageType":"state","devices":3}]}
        """);
    ran = Cli.run("policy", "rollback", "--cut-off", "--data", data);
    assertThat(server.requests.getLast()).contains("\"cutOff\":true");
    assertThat(ran.out())
        .contains("version 6, as version 4 was: 1 device type, 2 message types")
        .contains("plug is not in it: 1 device of that type are cut off")
        .contains("message type state, or its topic, is taken from 3 devices");
  }

  @Test
  void a_policy_is_shown_so_that_it_can_be_edited_and_obeys_nothing() {
    server.reply(
        "GET /v1/policy",
        200,
        "{\"version\":3,\"document\":\"{\\n"
            + "\\\"a\\\": \\\"\\u202e\\u001b\\\"\\n"
            + "}\",\"time\":\"noon\"}");
    Cli ran = Cli.run("policy", "show", "--data", data);
    assertThat(ran.out()).isEqualTo("{\n\"a\": \"\\u202e\\u001b\"\n}\n");
    assertThat(ran.err()).contains("version 3");
  }
}
