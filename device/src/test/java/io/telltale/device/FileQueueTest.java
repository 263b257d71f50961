package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.device.OutgoingQueue.Message;
import io.telltale.kernel.Bytes;
import io.telltale.testkit.Cases;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FileQueueTest {
  @TempDir Path folder;

  @Test
  void keeps_what_is_not_answered_in_order_over_restarts() {
    try (FileQueue queue = open(1 << 20)) {
      for (int i = 0; i < 10; i++) {
        assertThat(queue.add(message(queue.nextSequence(), "reading " + i))).isTrue();
      }
      queue.remove(3);
      queue.remove(10);
    }
    try (FileQueue queue = open(1 << 20)) {
      // What was answered but not compacted comes back: the server answers it again.
      assertThat(queue.pending()).hasSize(10);
      assertThat(queue.nextSequence()).isEqualTo(11);
    }
  }

  @Test
  void a_later_frame_of_a_sequence_replaces_the_earlier() {
    try (FileQueue queue = open(1 << 20)) {
      queue.add(message(1, "before"));
      queue.add(message(1, "after"));
      assertThat(queue.pending()).containsExactly(message(1, "after"));
    }
    try (FileQueue queue = open(1 << 20)) {
      assertThat(queue.pending()).containsExactly(message(1, "after"));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void a_disk_that_is_full_is_a_queue_that_is_full() throws IOException {
    Files.createSymbolicLink(folder.resolve("queue"), Path.of("/dev/full"));
    // Not closed: that device cannot be synced.
    FileQueue queue = open(1 << 20);
    assertThat(queue.add(message(queue.nextSequence(), "reading"))).isFalse();
    assertThat(queue.pending()).isEmpty();
  }

  @Test
  void is_bounded_and_makes_room_from_what_was_answered() {
    try (FileQueue queue = open(4_000)) {
      int added = 0;
      while (queue.add(message(added + 1, "x".repeat(100)))) {
        added++;
      }
      assertThat(added).isBetween(15, 30);
      int oldest = 1;
      while (added - oldest > 7) {
        queue.remove(oldest++);
      }
      for (int i = 0; i < 500; i++) {
        queue.remove(oldest++);
        added++;
        assertThat(queue.add(message(added, "x".repeat(100)))).as("round %d", i).isTrue();
      }
      assertThat(queue.pending()).hasSizeBetween(7, 8);
      assertThat(folder.resolve("queue")).isRegularFile();
      assertThat(folder.resolve("queue").toFile().length()).isLessThanOrEqualTo(4_000);
    }
  }

  @Test
  void a_crash_never_gives_a_sequence_twice() {
    // No close: the process was killed.
    FileQueue killed = open(1 << 20);
    long last = 0;
    for (int i = 0; i < 1_500; i++) {
      last = killed.nextSequence();
    }
    try (FileQueue queue = open(1 << 20)) {
      assertThat(queue.nextSequence()).isGreaterThan(last);
    }
  }

  @Test
  void a_torn_or_damaged_tail_is_cut_and_the_rest_kept() throws IOException {
    try (FileQueue queue = open(1 << 20)) {
      for (int i = 1; i <= 5; i++) {
        queue.add(message(i, "reading " + i));
      }
    }
    byte[] whole = Files.readAllBytes(folder.resolve("queue"));
    Cases.check(
        200,
        random -> {
          byte[] torn = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
          if (torn.length > 0 && random.nextBoolean()) {
            torn[random.nextInt(torn.length)] ^= (byte) (1 + random.nextInt(255));
          }
          Files.write(folder.resolve("queue"), torn);
          try (FileQueue queue = open(1 << 20)) {
            List<Message> kept = queue.pending();
            for (int i = 0; i < kept.size(); i++) {
              assertThat(kept.get(i)).isEqualTo(message(i + 1, "reading " + (i + 1)));
            }
          }
        });
  }

  @Test
  void nobody_reads_a_reading_from_the_file() throws IOException { // ID-9, KM-9
    try (FileQueue queue = open(1 << 20)) {
      queue.add(message(1, "a reading that must not be seen"));
    }
    assertThat(new String(Files.readAllBytes(folder.resolve("queue")), StandardCharsets.ISO_8859_1))
        .doesNotContain("must not be seen")
        .doesNotContain("t/default");
  }

  private FileQueue open(long bytesMax) {
    return FileQueue.open(
        new FileQueue.Settings(folder, bytesMax),
        SecretBytes.adopt(new byte[32]),
        Entropy.system());
  }

  private static Message message(long sequence, String text) {
    return new Message(sequence, "t/default/d/machine-1/reading", Bytes.utf8(text));
  }
}
