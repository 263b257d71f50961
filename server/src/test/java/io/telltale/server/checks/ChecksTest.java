package io.telltale.server.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.Config;
import io.telltale.server.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35: what the disk does not give is named, and hides nothing else. */
class ChecksTest {
  @TempDir Path folder;

  private Path key(String name) throws IOException {
    return Files.writeString(folder.resolve(name), name);
  }

  /** Stands for each error of the disk. */
  private static void makeUnreadable(Path file) throws IOException {
    Files.deleteIfExists(file);
    Files.createSymbolicLink(file, file.getFileName());
  }

  @Test
  void a_key_file_that_the_disk_does_not_give_hides_none_behind_it() throws IOException {
    Path unreadable = key("a.key");
    Path changed = key("b.sealed");
    Path gone = key("c.key");
    StoreCheck check = Checks.unchangedKeys(folder);
    assertThat(check.next(StoreCheck.BEGINNING).findings()).isEmpty();
    makeUnreadable(unreadable);
    Files.writeString(changed, "another");
    Files.delete(gone);
    assertThat(check.next(StoreCheck.BEGINNING).findings())
        .extracting(Finding::where, Finding::wasRead)
        .containsExactly(
            tuple(unreadable.toString(), false),
            tuple(changed.toString(), true),
            tuple(gone.toString(), true));
  }

  @Test
  void a_key_file_that_the_start_could_not_read_is_named_and_ends_nothing() throws IOException {
    Path unreadable = folder.resolve("a.key");
    makeUnreadable(unreadable);
    Path changed = key("b.key");
    StoreCheck check = Checks.unchangedKeys(folder);
    Files.writeString(changed, "another");
    assertThat(check.next(StoreCheck.BEGINNING).findings())
        .extracting(Finding::where)
        .containsExactly(unreadable.toString(), changed.toString());
    Files.delete(unreadable);
    key("a.key");
    assertThat(check.next(StoreCheck.BEGINNING).findings())
        .extracting(Finding::where)
        .containsExactly(changed.toString());
  }

  @Test
  void a_folder_that_the_disk_does_not_give_is_not_told_to_be_missing() throws IOException {
    makeUnreadable(folder.resolve("data"));
    Config config =
        switch (ConfigReader.read(Optional.empty(), Map.of(), folder.resolve("data"))) {
          case ConfigReader.Outcome.Ready(Config ready) -> ready;
          case ConfigReader.Outcome.Mistakes(var problems) -> throw new AssertionError(problems);
        };
    assertThatThrownBy(() -> FolderCheck.run(config, false, _ -> {}))
        .isInstanceOf(UnavailableException.class)
        .hasMessageNotContaining("there is no data folder");
  }
}
