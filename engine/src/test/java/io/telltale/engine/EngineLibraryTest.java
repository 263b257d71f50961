package io.telltale.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A killed server leaves 70 MB in the folder for temporary files: the next one removes them. */
final class EngineLibraryTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

  @TempDir private Path folder;

  @Test
  void copies_of_those_who_were_killed_are_removed_and_nothing_else() throws IOException {
    Path ours = file("libduckdb_java1.so", Duration.ZERO);
    Path left = file("libduckdb_java2.so", Duration.ofHours(1));
    Path held = file("libduckdb_java3.so", Duration.ofHours(1));
    Path beingUnpacked = file("libduckdb_java4.so", Duration.ofMinutes(1));
    Path foreign = file("libother5.so", Duration.ofHours(1));
    Path link =
        Files.createSymbolicLink(folder.resolve("libduckdb_java6.so"), folder.resolve(foreign));
    try (FileChannel channel = FileChannel.open(held, StandardOpenOption.READ)) {
      assertThat(channel.tryLock(0, Long.MAX_VALUE, true)).isNotNull();
      EngineLibrary.removeLeftBehind(ours, Set.of(ours));
    }
    assertThat(left).doesNotExist();
    assertThat(folder)
        .isDirectoryContaining(ours::equals)
        .isDirectoryContaining(held::equals)
        .isDirectoryContaining(beingUnpacked::equals)
        .isDirectoryContaining(foreign::equals)
        .isDirectoryContaining(link::equals);
  }

  @Test
  void ours_is_what_workers_load() {
    try (DuckSession session = DuckSession.open(64, 1)) {
      session.run("SELECT 1");
      assertThat(EngineLibrary.ours()).isNotNull().exists();
      assertThat(EngineLibrary.ours()).isEqualTo(EngineLibrary.ours());
    }
  }

  private Path file(String name, Duration age) throws IOException {
    Path file = Files.write(folder.resolve(name), new byte[1]);
    return Files.setLastModifiedTime(file, FileTime.from(NOW.minus(age)));
  }
}
