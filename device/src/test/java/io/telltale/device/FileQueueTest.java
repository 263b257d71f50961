package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.device.OutgoingQueue.Message;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
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
      assertThat(queue.pending()).hasSize(8);
      assertThat(queue.nextSequence()).isEqualTo(11);
    }
  }

  // Firm ground 7, section 3
  @Test
  void a_files_mark_and_its_reading_are_kept_together_and_the_mark_outlives_the_reading() {
    Hash file = Hash.sha256(Bytes.utf8("file"));
    var mark = new FileMark(file, 7, Hash.sha256(Bytes.utf8("rows")));
    try (FileQueue queue = open(1 << 20)) {
      assertThat(queue.add(message(1, "one"), new FileMark(file, 3, file))).isTrue();
      assertThat(queue.add(message(2, "two"), mark)).isTrue();
    }
    try (FileQueue queue = open(1 << 20)) {
      assertThat(queue.pending()).containsExactly(message(1, "one"), message(2, "two"));
      assertThat(queue.taken(file)).contains(mark);
      queue.remove(1);
      queue.remove(2);
    }
    try (FileQueue queue = open(1 << 20)) {
      assertThat(queue.pending()).isEmpty();
      assertThat(queue.taken(file)).contains(mark);
      assertThat(queue.taken(mark.chain())).isEmpty();
    }
  }

  @Test
  void a_mark_goes_with_the_reading_that_was_cut_off() throws IOException {
    Hash file = Hash.sha256(Bytes.utf8("file"));
    try (FileQueue queue = open(1 << 20)) {
      queue.add(message(1, "one"), new FileMark(file, 3, file));
      queue.add(message(2, "two"), new FileMark(file, 4, file));
    }
    Path path = folder.resolve("queue");
    byte[] whole = Files.readAllBytes(path);
    Files.write(path, Arrays.copyOf(whole, whole.length - 1));
    try (FileQueue queue = open(1 << 20)) {
      assertThat(queue.pending()).containsExactly(message(1, "one"));
      assertThat(queue.taken(file)).contains(new FileMark(file, 3, file));
    }
  }

  @Test
  void thousands_of_answered_readings_of_a_file_leave_a_small_queue_and_its_mark()
      throws IOException {
    Hash file = Hash.sha256(Bytes.utf8("file"));
    try (FileQueue queue = open(4 << 20)) {
      for (int i = 1; i <= 20_000; i++) {
        queue.add(message(i, "x".repeat(100)), new FileMark(file, i, file));
        queue.remove(i);
      }
      assertThat(Files.size(folder.resolve("queue"))).isLessThan(2 << 20);
      assertThat(queue.taken(file)).contains(new FileMark(file, 20_000, file));
    }
  }

  // Firm ground 6: what the server refuses for good is kept apart, with the reason.
  @Test
  void what_was_set_aside_is_listed_and_no_longer_pending_over_restarts() {
    try (FileQueue queue = open(1 << 20)) {
      queue.add(message(1, "one"));
      queue.add(message(2, "two"));
      assertThat(queue.setAside(message(1, "one"), "0x99 schema-violation: why")).isTrue();
      assertThat(queue.size()).isEqualTo(1);
    }
    try (FileQueue queue = open(1 << 20)) {
      assertThat(queue.pending()).containsExactly(message(2, "two"));
      assertThat(queue.asideCount()).isEqualTo(1);
      assertThat(queue.aside())
          .containsExactly(new SetAside.Refused(message(1, "one"), "0x99 schema-violation: why"));
      // Again, as after a crash between the two files: it is there once.
      assertThat(queue.setAside(message(1, "one"), "again")).isTrue();
      assertThat(queue.aside()).hasSize(1);
    }
  }

  @Test
  void where_nothing_more_can_be_set_aside_it_stays_in_the_queue() {
    try (FileQueue queue = open(4_000)) {
      int aside = 0;
      for (int i = 1; i <= 40; i++) {
        queue.add(message(i, "x".repeat(100)));
        if (!queue.setAside(message(i, "x".repeat(100)), "refused")) {
          assertThat(queue.pending()).containsExactly(message(i, "x".repeat(100)));
          break;
        }
        aside++;
      }
      assertThat(aside).isBetween(15, 30);
    }
  }

  // What is older than the newest 128 the server no longer knows by its bytes.
  @Test
  void of_a_thousand_answered_ones_a_crash_brings_few_back() {
    FileQueue crashed = open(1 << 20);
    crashed.add(message(1, "unanswered"));
    for (int i = 2; i <= 1_000; i++) {
      crashed.add(message(i, "answered"));
      crashed.remove(i);
    }
    try (FileQueue queue = open(1 << 20)) {
      assertThat(queue.pending()).hasSizeBetween(1, 32).startsWith(message(1, "unanswered"));
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
