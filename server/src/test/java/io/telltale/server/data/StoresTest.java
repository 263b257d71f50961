package io.telltale.server.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoresTest {
  @Test
  void that_are_in_a_database_are_not_looked_for_in_files_and_it_is_told_where_to_say_so(
      @TempDir Path home) throws IOException {
    DataFolder folder = DataFolder.at(home.resolve("data"));
    Files.createDirectories(home.resolve("data/registry"));
    Files.writeString(home.resolve("data/registry/database"), "postgresql://db:5432/telltale");
    assertThatThrownBy(() -> Stores.of(Optional.empty(), folder))
        .hasMessageContaining("set database.url in the file that --config names");
  }
}
