package io.telltale.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 34: exit codes as the help tells them, and messages that say what to do. */
class ExitCodesTest {
  @TempDir Path folder;

  @Test
  void what_the_server_finds_wrong_in_an_option_is_wrong_usage_and_in_a_document_is_not()
      throws IOException, GeneralSecurityException {
    var ca = new TestCa();
    var service = ca.issue("spiffe://telltale.local/default/service/authority", Usage.SERVER);
    var operator = ca.issue("spiffe://telltale.local/default/person/operator", Usage.CLIENT);
    try (var server = new TestServer(ca, service)) {
      String data = server.dataFolder(folder, ca, operator).toString();
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
  void where_no_server_runs_the_whole_path_is_told_and_how_to_name_another() {
    Cli ran = Cli.run("status", "--data", "no-such-folder");
    assertThat(ran.exit()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(ran.err())
        .contains("no server is running on " + Path.of("no-such-folder").toAbsolutePath())
        .contains("--data DIR or TELLTALE_DATA");
  }
}
