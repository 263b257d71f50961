package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.ShellQuoting;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code device add} says is to be done next. */
class DeviceAddTest {
  @TempDir Path folder;
  @AutoClose private final TestServer server = TestServer.start();
  private String data = "";

  @BeforeEach
  void make_the_data_folder() throws IOException {
    data = server.dataFolder(folder);
  }

  // Pasted as it was printed it did nothing: no ./ before it, and another data folder behind it.
  @Test
  void what_is_to_be_typed_next_can_be_pasted() {
    server.reply("POST /v1/devices", 201, "{}");
    Cli ran = Cli.run("device", "add", "press-1", "--type", "press", "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out().strip())
        .endsWith(
            "next: ./telltale enroll-token create --device press-1 --out press-1.json --data "
                + ShellQuoting.quoted(data));
  }

  @ParameterizedTest
  @CsvSource({
    "quarantined, device release press-1 --reason WHY",
    "disabled, device readmit press-1 --reason WHY",
    "compromised, device readmit press-1 --reason WHY",
    "retired, register the machine under another id",
    "active, enroll-token create --device press-1"
  })
  void of_a_device_that_was_there_it_says_what_comes_next(String state, String next) {
    server.reply("POST /v1/devices", 200, "{\"state\":\"%s\"}".formatted(state));
    Cli ran = Cli.run("device", "add", "press-1", "--type", "press", "--data", data);
    assertThat(ran.exit()).as(ran.err()).isEqualTo(ExitCode.OK);
    assertThat(ran.out()).contains("; next: ", next);
    assertThat(ran.out().contains("enroll-token")).isEqualTo(state.equals("active"));
  }
}
