package io.telltale.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a load run starts from is what a start accepts. */
class TelltaleServerTest {
  @TempDir private Path folder;

  @Test
  @Timeout(120)
  void a_load_runs_server_starts_on_the_folder_that_is_made_for_it() throws Exception {
    try (TelltaleServer server = TelltaleServer.start("telltale", folder.resolve("data"), 2)) {
      assertThat(server.address().getPort()).isPositive();
    }
  }
}
