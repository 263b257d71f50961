package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.message.StrictJson;
import io.telltale.pipeline.leaves.LeafRun;
import io.telltale.pipeline.leaves.StoredBatch;
import io.telltale.pipeline.minutes.OffsetRanges;
import io.telltale.pipeline.windows.WindowCodec;
import io.telltale.proof.MerkleTree;
import io.telltale.record.SequenceWindow;
import io.telltale.record.SequenceWindow.Standing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("one-store")
class StepsTest {
  @Test
  void a_window_comes_back_from_storage_as_it_was() {
    for (int seed = 0; seed < 100; seed++) {
      var random = new Random(seed);
      var window = new SequenceWindow();
      long sequence = 0;
      int count = random.nextInt(400);
      for (int i = 0; i < count; i++) {
        sequence += 1 + (random.nextInt(3) == 0 ? random.nextInt(5_000) : 0);
        window.use(sequence, random.nextLong(), i);
      }
      Bytes stored = WindowCodec.encode(window);
      SequenceWindow read = WindowCodec.decode(stored);
      assertThat(WindowCodec.encode(read)).as("seed %d", seed).isEqualTo(stored);
      for (long one = Math.max(0, sequence - 400); one <= sequence + 1; one++) {
        assertThat(read.look(one, 0)).as("seed %d", seed).isEqualTo(window.look(one, 0));
      }
    }
  }

  // What was set aside comes behind what came later.
  @Test
  void offset_ranges_are_the_same_in_whatever_order_they_come() {
    var random = new SplittableRandom(5);
    for (int round = 0; round < 200; round++) {
      var offsets = new ArrayList<Long>();
      for (long offset = 0; offset < 40; offset++) {
        if (random.nextInt(3) > 0) {
          offsets.add(offset);
        }
      }
      var ordered = new OffsetRanges();
      offsets.forEach(offset -> ordered.add(1, offset));
      Collections.shuffle(offsets, new Random(round));
      var shuffled = new OffsetRanges();
      offsets.forEach(offset -> shuffled.add(1, offset));
      assertThat(shuffled.texts(1_000)).isEqualTo(ordered.texts(1_000));
    }
  }

  @FuzzTest
  void any_stored_window_is_read_or_named_corrupt(byte[] stored) {
    try {
      SequenceWindow window = WindowCodec.decode(Bytes.copyOf(stored));
      assertThat(window.look(0, 0)).isNotNull();
    } catch (CorruptException e) {
      assertThat(e).hasMessageStartingWith("a stored replay window");
    }
  }

  // What a pipeline before enrolments left behind: everything below its 128 numbers was used.
  @Test
  void reads_the_window_of_version_1_of_the_specification() throws IOException {
    String page = Files.readString(Path.of("../docs/format/pipeline-state.md"));
    String old = "010000000000000007" + "0102030405060708" + "000000000000012c";
    assertThat(page.replaceAll("\\s", "")).contains(old);
    SequenceWindow window = WindowCodec.decode(Bytes.ofHex(old));
    assertThat(window.look(7, 0x0102030405060708L)).isEqualTo(Standing.SAME);
    assertThat(window.offset(7)).isEqualTo(300);
    assertThat(window.look(6, 1)).isEqualTo(Standing.LATE);
    String far = "01" + "0000000000000100" + "0102030405060708" + "000000000000012c";
    SequenceWindow behind = WindowCodec.decode(Bytes.ofHex(far));
    assertThat(behind.look(128, 1)).isEqualTo(Standing.FORGOTTEN);
    assertThat(behind.look(129, 1)).isEqualTo(Standing.LATE);
  }

  // Firm ground 1: what was let in before numbers had a bound must not keep a state from opening.
  @Test
  void a_window_of_version_1_with_numbers_that_nobody_may_use_any_more_opens() {
    String entry = "%016x" + "0102030405060708" + "000000000000012c";
    for (long far : new long[] {1L << 53, Long.MAX_VALUE}) {
      SequenceWindow window =
          WindowCodec.decode(Bytes.ofHex("01" + entry.formatted(500) + entry.formatted(far)));
      assertThat(window.look(500, 0x0102030405060708L)).isEqualTo(Standing.SAME);
      assertThat(window.look(372, 1)).isEqualTo(Standing.FORGOTTEN);
      assertThat(window.look(501, 1)).isEqualTo(Standing.AHEAD);
      SequenceWindow alone = WindowCodec.decode(Bytes.ofHex("01" + entry.formatted(far)));
      assertThat(alone.look(1, 1)).isEqualTo(Standing.FIRST);
    }
  }

  @Test
  void offset_ranges_are_exact_and_short() {
    var ranges = new OffsetRanges();
    for (long offset : new long[] {3, 4, 5, 9, 11, 12}) {
      ranges.add(2, offset);
    }
    ranges.add(0, 7);
    assertThat(ranges.texts(1_000)).containsExactly("0:7-7;2:3-5,9-9,11-12");
    assertThat(ranges.texts(16)).containsExactly("0:7-7;2:3-5", "2:9-9,11-12");
  }

  @FuzzTest
  void any_payload_is_read_or_refused(byte[] payload) {
    StrictJson.read(Bytes.adopt(payload))
        .ifPresent(document -> assertThat(document.isObject()).isTrue());
  }

  @Test
  void strict_json_only() {
    var refused = new ArrayList<String>();
    for (String text :
        new String[] {
          "",
          "[]",
          "1",
          "{\"a\":1}{",
          "{\"a\":1,\"a\":2}",
          "{\"a\":1e999}",
          "{\"a\":NaN}",
          "{\"a\":[[[[[[[[[1]]]]]]]]]}",
          "\u0000{\"a\":1}",
          "{'a':1}"
        }) {
      if (StrictJson.read(Bytes.utf8(text)).isEmpty()) {
        refused.add(text);
      }
    }
    assertThat(refused).hasSize(10);
    assertThat(StrictJson.read(Bytes.utf8("{\"a\":1}"))).isPresent();
  }

  @Test
  void writes_the_batch_of_the_specification() throws IOException {
    var run = new LeafRun(5, 0);
    run.skip();
    for (byte fill : new byte[] {1, 2}) {
      byte[] commitments = new byte[64];
      Arrays.fill(commitments, fill);
      run.add(MerkleTree.leafHash(Bytes.adopt(commitments)));
    }
    StoredBatch batch = StoredBatch.of(7, List.of(new LeafRun(3, 0), run), false).orElseThrow();
    String page = Files.readString(Path.of("../docs/format/lake-batches.md"));
    assertThat(batch.details())
        .containsEntry("offsets", "5:0-2")
        .containsEntry("count", "2")
        .containsEntry("leaves", "leaves/7");
    assertThat(page).contains("Root: `" + batch.root().hex() + "`");
    assertThat(page.replaceAll("\\s", "")).contains(Bytes.adopt(batch.bytes().array()).hex());
  }

  @Test
  void writes_the_window_of_the_specification() throws IOException {
    var window = new SequenceWindow();
    window.use(7, 0x0102030405060708L, 300);
    window.use(8, 0x1112131415161718L, 301);
    window.use(10, 0x2122232425262728L, 302);
    String page = Files.readString(Path.of("../docs/format/pipeline-state.md"));
    assertThat(page.replaceAll("\\s", "")).contains(WindowCodec.encode(window).hex());
  }
}
