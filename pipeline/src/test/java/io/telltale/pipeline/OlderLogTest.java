package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.CorruptException;
import io.telltale.leases.RecordSealer;
import io.telltale.logembedded.LogCheck;
import io.telltale.roster.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 5: what a door appends to an older log would be acknowledged and never read. */
class OlderLogTest {
  @TempDir Path folder;

  private Path data() {
    return folder.resolve("data");
  }

  private void copy(Path from, Path to) throws IOException {
    try (Stream<Path> old = Files.exists(to) ? Files.list(to) : Stream.empty()) {
      for (Path file : (Iterable<Path>) old::iterator) {
        Files.delete(file);
      }
    }
    Files.createDirectories(from);
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private void publish(int sequence) throws IOException {
    Files.createDirectories(data());
    try (var plant = new Plant(data());
        RecordSealer sealer = plant.sealer()) {
      Identity press = plant.device("press-" + sequence, "prod");
      plant.publish(sealer, 2, press, sequence, 20);
      plant.pump();
    }
  }

  @Test
  void an_older_log_or_none_beside_what_was_made_of_it_is_refused() throws IOException {
    Path log = data().resolve("log");
    publish(1);
    copy(log, folder.resolve("older"));
    publish(2);
    copy(log, folder.resolve("newest"));
    for (String one : new String[] {"older", "none"}) {
      copy(folder.resolve(one), log);
      long[] ends = LogCheck.ends(log).orElseThrow();
      try (var plant = new Plant(data())) {
        assertThat(plant.log.end(2)).isEqualTo(ends[2]);
        assertThatThrownBy(() -> Pipeline.open(plant.parts()))
            .as(one)
            .isInstanceOf(CorruptException.class)
            .hasMessageContaining("(log/)")
            .hasMessageContaining("partition 2 ends at " + ends[2])
            .hasMessageContaining("newest copy");
      }
    }
    copy(folder.resolve("newest"), log);
    try (var plant = new Plant(data())) {
      Pipeline.open(plant.parts()).close();
      assertThat(plant.lake.rows()).hasSize(2);
    }
  }
}
