package io.telltale.server.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 32: nothing is changed that is not ours. */
final class DataFolderTest {
  @TempDir Path home;

  private static Path file(Path path, String mode) throws IOException {
    Files.createDirectories(path.getParent());
    Files.writeString(path, "theirs");
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca", "registry", "shred", "ledger", "run", "keys"})
  void a_folder_that_holds_other_things_beside_a_name_of_ours_is_refused(String name)
      throws IOException {
    Path project = home.resolve("project");
    Path tool = file(project.resolve("bin/tool"), "rwxr-xr-x");
    Files.createDirectories(project.resolve(name));
    assertThatThrownBy(() -> DataFolder.at(project))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("holds other files: name a folder of its own");
    assertThat(mode(tool)).isEqualTo("rwxr-xr-x");
    assertThat(project.resolve("logs")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"logs/app.log", "log/old/app.log", "lake/a", "logs"})
  void a_folder_of_names_of_ours_that_hold_anothers_files_is_refused(String name)
      throws IOException {
    Path project = home.resolve("project");
    Path theirs = file(project.resolve(name), "rw-r--r--");
    assertThatThrownBy(() -> DataFolder.at(project)).isInstanceOf(UnavailableException.class);
    assertThat(mode(theirs)).isEqualTo("rw-r--r--");
  }

  @Test
  void a_part_that_is_a_link_leaves_what_it_leads_to_as_it_is() throws IOException {
    Path data = home.resolve("data");
    Path outside = Files.createDirectory(home.resolve("outside"));
    Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (DataFolder folder = DataFolder.at(data)) {
      assertThat(folder.claim()).isTrue();
    }
    Files.delete(data.resolve("logs"));
    Files.createSymbolicLink(data.resolve("logs"), outside);
    DataFolder.at(data).close();
    assertThat(mode(outside)).isEqualTo("rwxr-xr-x");
  }

  @Test
  void an_empty_name_is_refused_with_what_to_do() {
    assertThatThrownBy(() -> DataFolder.at(Path.of("")))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("name is empty");
  }

  @Test
  void what_a_start_that_was_broken_off_has_left_is_taken_again() throws IOException {
    Path data = home.resolve("data");
    Files.createDirectories(data.resolve("ca"));
    Files.createDirectories(data.resolve("keys"));
    assertThatCode(() -> DataFolder.at(data).close()).doesNotThrowAnyException();
  }

  @Test
  void files_that_vanish_while_their_modes_are_looked_at_stop_no_start()
      throws IOException, InterruptedException {
    try (DataFolder folder = DataFolder.at(home.resolve("data"))) {
      assertThat(folder.claim()).isTrue();
      var objects = new ArrayList<Path>();
      for (int i = 0; i < 3_000; i++) {
        objects.add(file(home.resolve("data/lake/objects/" + i / 100 + "/" + i), "rw-r--r--"));
      }
      Thread sweeper =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (Path object : objects) {
                        Files.delete(object);
                      }
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  });
      while (sweeper.isAlive()) {
        folder.tighten();
      }
      sweeper.join();
    }
  }

  @Test
  void a_data_folder_opens_beside_what_its_owner_has_put_there_and_leaves_that_alone()
      throws IOException {
    Path data = home.resolve("data");
    Path outside = file(home.resolve("outside/tool"), "rwxr-xr-x");
    try (DataFolder folder = DataFolder.at(data)) {
      assertThat(folder.claim()).isTrue();
    }
    Path note = file(data.resolve("notes/restore.sh"), "rwxr-xr-x");
    Path ours = file(data.resolve("lake/objects/new"), "rw-r--r--");
    Files.createSymbolicLink(data.resolve("lake/link"), outside);
    Files.createSymbolicLink(data.resolve("link"), outside.getParent());
    try (DataFolder again = DataFolder.at(data)) {
      again.tighten();
    }
    assertThat(mode(ours)).isEqualTo("rw-------");
    assertThat(mode(note)).isEqualTo("rwxr-xr-x");
    assertThat(mode(outside)).isEqualTo("rwxr-xr-x");
  }
}
