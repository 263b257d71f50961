package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import io.telltale.ledger.MerkleTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StepsTest {
  @Test
  void units_convert_within_their_dimension_only() {
    assertThat(Units.between("degF", "degC").orElseThrow().of(-40)).isCloseTo(-40, within(1e-9));
    assertThat(Units.between("K", "degC").orElseThrow().of(273.15)).isCloseTo(0, within(1e-9));
    assertThat(Units.between("in/s", "mm/s").orElseThrow().of(1)).isCloseTo(25.4, within(1e-9));
    assertThat(Units.between("psi", "kPa").orElseThrow().of(100)).isCloseTo(689.4757, within(1e-3));
    assertThat(Units.between("W", "kW").orElseThrow().of(1500)).isCloseTo(1.5, within(1e-9));
    assertThat(Units.between("widget", "widget").orElseThrow().of(3)).isEqualTo(3);
    assertThat(Units.between("W", "kPa")).isEmpty();
    assertThat(Units.between("furlong", "mm")).isEmpty();
  }

  @Test
  void a_window_equals_a_model_and_survives_storage() {
    for (int seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      var window = new DeviceWindow();
      Map<Long, Long> used = new HashMap<>();
      long top = -1;
      for (int i = 0; i < 400; i++) {
        long sequence = Math.max(0, top - 150 + random.nextInt(160));
        long hash = random.nextInt(3);
        DeviceWindow.Seen expected = DeviceWindow.Seen.FRESH;
        if (sequence <= top - DeviceWindow.SIZE) {
          expected = DeviceWindow.Seen.BEHIND;
        } else if (used.containsKey(sequence)) {
          expected =
              used.getOrDefault(sequence, 0L) == hash
                  ? DeviceWindow.Seen.DUPLICATE
                  : DeviceWindow.Seen.OTHER_PAYLOAD;
        }
        assertThat(window.look(sequence, hash)).as("seed %d step %d", seed, i).isEqualTo(expected);
        if (expected == DeviceWindow.Seen.FRESH) {
          window.use(sequence, hash, i);
          used.put(sequence, hash);
          top = Math.max(top, sequence);
        }
        if (i % 50 == 0) {
          window = DeviceWindow.decode(window.encode());
        }
      }
    }
  }

  @Test
  void offset_ranges_are_exact_and_short() {
    var ranges = new OffsetRanges();
    for (long offset : new long[] {3, 4, 5, 9, 11, 12}) {
      ranges.add(2, offset);
    }
    ranges.add(0, 7);
    assertThat(ranges.text()).isEqualTo("0:7-7;2:3-5,9-9,11-12");
  }

  @FuzzTest
  void any_payload_is_read_or_refused(byte[] payload) {
    PayloadReader.read(Bytes.adopt(payload))
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
      if (PayloadReader.read(Bytes.utf8(text)).isEmpty()) {
        refused.add(text);
      }
    }
    assertThat(refused).hasSize(10);
    assertThat(PayloadReader.read(Bytes.utf8("{\"a\":1}"))).isPresent();
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
    StoredBatch batch = StoredBatch.of(7, List.of(new LeafRun(3, 0), run)).orElseThrow();
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
    var window = new DeviceWindow();
    window.use(7, 0x0102030405060708L, 300);
    String page = Files.readString(Path.of("../docs/format/pipeline-state.md"));
    assertThat(page.replaceAll("\\s", "")).contains(window.encode().hex());
  }
}
