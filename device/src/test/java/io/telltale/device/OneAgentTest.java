package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.device.OutgoingQueue.Message;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One process is the device of a folder; others may look. */
class OneAgentTest {
  @TempDir Path parent;

  private Path folder() {
    return parent.resolve("agent");
  }

  private Map<String, Bytes> files() throws IOException {
    var all = new TreeMap<String, Bytes>();
    try (var files = Files.list(folder())) {
      for (Path file : files.toList()) {
        all.put(file.getFileName().toString(), Bytes.adopt(Files.readAllBytes(file)));
      }
    }
    return all;
  }

  @Test
  void looking_at_what_was_set_aside_changes_nothing_of_an_agent_at_work() throws IOException {
    var store = new DeviceStore(folder(), new SecureRandom());
    try (FileQueue queue = store.queue(1 << 20, Entropy.system())) {
      for (long sequence = 1; sequence <= 3; sequence++) {
        var message = new Message(queue.nextSequence(), "t", Bytes.utf8("payload " + sequence));
        assertThat(queue.add(message)).isTrue();
        assertThat(sequence == 3 || queue.setAside(message, "0x99 why")).isTrue();
      }
      // Half a frame: its writer is in the middle of it.
      Files.write(folder().resolve("queue"), new byte[] {0, 0, 1, 0}, StandardOpenOption.APPEND);
      Files.write(folder().resolve("aside"), new byte[] {0, 0, 1, 0}, StandardOpenOption.APPEND);
      Map<String, Bytes> before = files();

      assertThat(Agent.aside(folder(), new SecureRandom(), Entropy.system()))
          .hasSize(2)
          .allMatch(line -> line.contains("0x99 why"));
      assertThat(files()).isEqualTo(before);
    }
  }

  @Test
  void a_second_agent_on_one_folder_is_refused_and_told_why() {
    try (var timer = Executors.newSingleThreadScheduledExecutor();
        var connector = new MqttConnector(1)) {
      var parts =
          new Agent.Parts(
              connector, timer, InstantSource.system(), new SecureRandom(), Entropy.system());
      assertThat(Agent.open(folder(), Optional.empty(), parts))
          .isEqualTo(new Agent.Opened.TokenNeeded());
      assertThat(folder()).as("made for nobody").doesNotExist();
      var store = new DeviceStore(folder(), new SecureRandom());
      FolderLock held = FolderLock.of(store.folder()).orElseThrow();
      assertThat(Agent.open(folder(), Optional.empty(), parts))
          .isInstanceOfSatisfying(
              Agent.Opened.Refused.class,
              refused -> assertThat(refused.why()).contains("another agent runs on"));
      held.close();
      // A start that came to nothing holds nothing.
      for (int i = 0; i < 2; i++) {
        assertThat(Agent.open(folder(), Optional.empty(), parts))
            .isEqualTo(new Agent.Opened.TokenNeeded());
      }
    }
  }
}
