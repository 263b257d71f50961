package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.server.Config;
import io.telltale.server.Server;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole folder of an earlier moment fits in itself: who kept a checkpoint knows it all the same
 * (AU-2, firm ground 5).
 */
final class KeptCheckpointTest {
  private static final int MORE = 60;

  @TempDir private Path folder;

  private ServerProcess.Ran ran(Config config, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", config.data().toString()));
    return ServerProcess.command(all.toArray(String[]::new));
  }

  /** A checkpoint of more events than {@code size}, as a person keeps it. */
  private Path kept(Config config, String name, long size) throws Exception {
    Path file = folder.resolve(name);
    Waiting.until(
        "a checkpoint of more than %d events".formatted(size),
        20,
        () -> {
          assertThat(ran(config, "query", "SELECT count(*) FROM readings").exitCode()).isZero();
          Files.writeString(file, ran(config, "ledger", "checkpoint").out());
          return size(file) > size;
        });
    return file;
  }

  private void imported(Config config, int devices) throws IOException {
    Path file =
        Files.write(
            folder.resolve("devices.csv"),
            Stream.concat(
                    Stream.of("id,type,environment,region,productLine,site"),
                    IntStream.range(0, devices)
                        .mapToObj("more-%1$d,press,prod,eu,line-a,hall-1"::formatted))
                .toList());
    ServerProcess.Ran ran = ran(config, "device", "import", file.toString());
    assertThat(ran.exitCode()).as(ran.toString()).isZero();
  }

  private static long size(Path note) throws IOException {
    return Long.parseLong(Files.readAllLines(note).get(1));
  }

  private ServerProcess.Ran held(Config config, Path note) {
    return ran(config, "ledger", "consistency", note.toString());
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path one : (Iterable<Path>) all::iterator) {
        Files.copy(
            one, to.resolve(from.relativize(one).toString()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  @Test
  void a_whole_older_folder_is_told_by_a_kept_checkpoint_also_after_it_went_on() throws Exception {
    Config config = InProcess.config(folder, "data");
    Path monday;
    Path tuesday;
    try (Server _ = Server.start(config)) {
      monday = kept(config, "monday.txt", 0);
      assertThat(held(config, monday).exitCode()).isZero();
    }
    copy(config.data(), folder.resolve("backup"));
    try (Server _ = Server.start(config)) {
      // more than a start of the backup itself adds, so that the backup stays the older one
      long morning = size(kept(config, "morning.txt", 0));
      imported(config, MORE);
      tuesday = kept(config, "tuesday.txt", morning + MORE - 1);
      ServerProcess.Ran grown = held(config, monday);
      assertThat(grown.exitCode()).as(grown.toString()).isZero();
      assertThat(grown.out())
          .contains("the first %d events are what they were".formatted(size(monday)));
    }
    Files.move(config.data(), folder.resolve("newest"));
    copy(folder.resolve("backup"), config.data());
    try (Server _ = Server.start(config)) {
      assertThat(held(config, monday).exitCode()).isZero();
      ServerProcess.Ran older = held(config, tuesday);
      assertThat(older.exitCode()).isEqualTo(1);
      assertThat(older.out()).contains("this is an older copy");
      imported(config, 2 * MORE);
      kept(config, "other.txt", size(tuesday));
      ServerProcess.Ran other = held(config, tuesday);
      assertThat(other.exitCode()).isEqualTo(1);
      assertThat(other.out()).contains("an older copy that has gone on");
    }
  }

  @Test
  void a_file_that_is_no_signed_checkpoint_shows_nothing() throws Exception {
    Config config = InProcess.config(folder, "data");
    try (Server _ = Server.start(config)) {
      Path note = kept(config, "note.txt", 0);
      String text = Files.readString(note);
      Files.writeString(
          note, text.replaceFirst("\n" + size(note) + "\n", "\n" + (size(note) + 1) + "\n"));
      ServerProcess.Ran edited = held(config, note);
      assertThat(edited.exitCode()).isEqualTo(1);
      assertThat(edited.out()).contains("no checkpoint, byte for byte");
      assertThat(held(config, folder.resolve("none.txt")).exitCode()).isEqualTo(2);
    }
  }
}
