package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.engine.ResultColumn;
import io.telltale.engine.ResultHash;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.lake.seal.SealedBlocks;
import io.telltale.lake.table.Pointers;
import io.telltale.lake.write.RecordRun;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.apache.iceberg.encryption.AesGcmInputFile;
import org.apache.iceberg.inmemory.InMemoryInputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The vectors of docs/format/lake.md and docs/format/query.md, made by another program. */
class VectorTest {
  private static final byte[] KEY_BYTES = counting(0x00, 32);
  private static final SecretKey KEY = new SecretKeySpec(KEY_BYTES, "AES");
  private static final Bytes FILE = Bytes.adopt(counting(0x10, 16));

  private static byte[] counting(int from, int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (from + i);
    }
    return bytes;
  }

  private static byte[] seal(byte[] plain) {
    var block = new AtomicInteger(0xa0);
    ByteBuffer sealed =
        SealedBlocks.seal(
            KEY,
            FILE,
            ByteBuffer.wrap(plain),
            size -> Bytes.adopt(counting(block.getAndIncrement(), size)));
    byte[] bytes = new byte[sealed.remaining()];
    sealed.get(bytes);
    return bytes;
  }

  @Test
  void seals_blocks_as_specified() {
    assertThat(Bytes.adopt(seal("telltale".getBytes(StandardCharsets.UTF_8))).hex())
        .isEqualTo(
            "4147533100001000a0a1a2a3a4a5a6a7a8a9aaab"
                + "927d104131aa6edaead8bdec54bdc5f99bbcaaaa7e9faedd");
    assertThat(Bytes.adopt(seal(new byte[0])).hex())
        .isEqualTo("4147533100001000a0a1a2a3a4a5a6a7a8a9aaab3d3b55ec4a832eb33b0f6215ce16364e");
    byte[] large = new byte[(1 << 20) + 1];
    Arrays.fill(large, (byte) 0x5a);
    assertThat(Hash.sha256(seal(large)).hex())
        .isEqualTo("18d7ea52da1ef863740faba9c5bb7cd4a4fd5491ed69473e3438b78424f38e4c");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20})
  void opens_what_it_sealed_and_so_does_iceberg(int size) throws IOException {
    byte[] plain = new byte[size];
    Arrays.fill(plain, (byte) 7);
    byte[] sealed = seal(plain);
    assertThat(SealedBlocks.plainBytes(sealed.length)).contains((long) size);
    ByteBuffer opened = ByteBuffer.allocate(size);
    SealedBlocks.open(KEY, FILE, ByteBuffer.wrap(sealed), opened);
    assertThat(opened.array()).isEqualTo(plain);
    byte[] prefix = ByteBuffer.allocate(24).put(FILE.borrow()).putLong(size).array();
    var iceberg =
        new AesGcmInputFile(new InMemoryInputFile(sealed), KEY_BYTES, prefix, (long) sealed.length);
    try (SeekableInputStream in = iceberg.newStream()) {
      assertThat(in.readAllBytes()).isEqualTo(plain);
    }
  }

  @Test
  void refuses_blocks_that_were_cut_swapped_or_moved_to_another_file() {
    byte[] sealed = seal(new byte[3 << 20]);
    int block = (1 << 20) + 28;
    byte[] cut = Arrays.copyOf(sealed, 8 + 2 * block);
    assertThatThrownBy(() -> open(FILE, cut, 2 << 20)).isInstanceOf(CorruptException.class);
    assertThatThrownBy(() -> open(FILE, cut, 3 << 20)).isInstanceOf(CorruptException.class);
    byte[] swapped = sealed.clone();
    System.arraycopy(sealed, 8, swapped, 8 + block, block);
    System.arraycopy(sealed, 8 + block, swapped, 8, block);
    assertThatThrownBy(() -> open(FILE, swapped, 3 << 20)).isInstanceOf(CorruptException.class);
    Bytes other = Bytes.adopt(counting(0x11, 16));
    assertThatThrownBy(() -> open(other, sealed, 3 << 20)).isInstanceOf(CorruptException.class);
  }

  private static void open(Bytes file, byte[] sealed, int size) {
    SealedBlocks.open(KEY, file, ByteBuffer.wrap(sealed), ByteBuffer.allocate(size));
  }

  @Test
  void packs_runs_of_records_as_specified() throws IOException {
    var salt = Bytes.adopt(counting(0, 32));
    var other = Bytes.adopt(counting(0x20, 32));
    var run = new RecordRun(3, 300);
    run.add(300, new RecordRun.Half(salt, other, Bytes.utf8("origin"), Bytes.utf8("{}")));
    String page = Files.readString(Path.of("../docs/format/lake.md"));
    assertThat(page.replaceAll("\\s", "")).contains(written(run).hex());
    var read = new ArrayList<String>();
    RecordRun.read(
        written(run),
        (offset, half) -> read.add(offset + half.origin().asUtf8() + half.payload().asUtf8()));
    assertThat(read).containsExactly("300origin{}");
    Bytes cut = written(run).slice(0, run.size() - 1);
    assertThatThrownBy(() -> RecordRun.read(cut, (offset, half) -> {}))
        .isInstanceOf(CorruptException.class);
  }

  private static Bytes written(RecordRun run) {
    ByteBuffer to = ByteBuffer.allocate(run.size());
    run.writeTo(to);
    assertThat(to.hasRemaining()).isFalse();
    return Bytes.adopt(to.array());
  }

  @Test
  void hashes_pointers_as_specified() {
    String pointer = "meta/" + "0".repeat(32) + "/" + "1".repeat(32) + ".gz.metadata.json";
    assertThat(Pointers.hash("readings", pointer, 7).hex())
        .isEqualTo("efbd8759dac7df6926d06041830b82dc95b6b48119e8393d61b2aa15d017a689");
  }

  @Test
  void hashes_answers_as_specified() {
    var row =
        new ArrayList<@Nullable Object>(
            List.of(
                true,
                -5L,
                21.5,
                "5 µm",
                Bytes.ofHex("00ff"),
                TestLake.NOON,
                LocalDate.of(2026, 11, 23),
                new BigDecimal("12.50")));
    row.add(null);
    var columns =
        List.of(
            new ResultColumn("a", "BOOLEAN"),
            new ResultColumn("b", "BIGINT"),
            new ResultColumn("c", "DOUBLE"),
            new ResultColumn("d", "VARCHAR"),
            new ResultColumn("e", "BLOB"),
            new ResultColumn("f", "TIMESTAMP WITH TIME ZONE"),
            new ResultColumn("g", "DATE"),
            new ResultColumn("h", "DECIMAL(18,2)"),
            new ResultColumn("i", "VARCHAR"));
    assertThat(ResultHash.of(columns, List.<List<@Nullable Object>>of(row)).hex())
        .isEqualTo("748f59b17021c583f029872adf999abadff7cc7cbf3ca9279d736c6904ab92a2");
  }
}
