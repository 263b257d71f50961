package io.telltale.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Messages between server and worker: one encoding each, bounded, and no bytes make it throw. */
@NullMarked
class WorkerCodecTest {
  private static final Random RANDOM = new Random(7);

  private static @Nullable Object value() {
    return switch (RANDOM.nextInt(9)) {
      case 0 -> null;
      case 1 -> RANDOM.nextBoolean();
      case 2 -> RANDOM.nextLong();
      case 3 -> RANDOM.nextInt(4) == 0 ? Double.NaN : Double.longBitsToDouble(RANDOM.nextLong());
      case 4 -> "µ".repeat(RANDOM.nextInt(5)) + RANDOM.nextInt();
      case 5 -> Bytes.utf8("b" + RANDOM.nextInt());
      case 6 -> Instant.EPOCH.plus(RANDOM.nextLong() / 4, ChronoUnit.MICROS);
      case 7 -> LocalDate.ofEpochDay(RANDOM.nextInt(2_000_000) - 1_000_000);
      default -> BigDecimal.valueOf(RANDOM.nextLong(), RANDOM.nextInt(20));
    };
  }

  private static List<List<@Nullable Object>> rows() {
    int width = 1 + RANDOM.nextInt(5);
    var rows = new ArrayList<List<@Nullable Object>>();
    for (int i = RANDOM.nextInt(5); i >= 0; i--) {
      var row = new ArrayList<@Nullable Object>();
      for (int column = 0; column < width; column++) {
        row.add(value());
      }
      rows.add(row);
    }
    return rows;
  }

  private static List<WorkerMessage> messages() {
    return List.of(
        new WorkerMessage.Parse("SELECT 'µ'"),
        new WorkerMessage.Render("{}"),
        new WorkerMessage.Load(RANDOM.nextLong()),
        new WorkerMessage.Lock(256, 30, true, List.of("CREATE VIEW a", "")),
        new WorkerMessage.Ask("SELECT 1", 10, 1L << 40, false),
        new WorkerMessage.Ready(),
        new WorkerMessage.Text(""),
        new WorkerMessage.Columns(List.of(new ResultColumn("a", "BIGINT"))),
        new WorkerMessage.Rows(rows()),
        new WorkerMessage.Rows(List.of()),
        new WorkerMessage.Piece(Bytes.utf8("parquet")),
        new WorkerMessage.Done(true),
        new WorkerMessage.Failed("memory", "too much"));
  }

  @Test
  void what_was_written_is_read_again() throws IOException {
    for (int round = 0; round < 500; round++) {
      for (WorkerMessage message : messages()) {
        byte[] encoded = WorkerCodec.encode(message);
        assertThat(WorkerCodec.decode(ByteBuffer.wrap(encoded))).contains(message);
      }
    }
  }

  @Test
  void nothing_is_taken_that_is_cut_or_has_more() throws IOException {
    for (WorkerMessage message : messages()) {
      byte[] encoded = WorkerCodec.encode(message);
      for (int length = 0; length < encoded.length; length++) {
        assertThat(WorkerCodec.decode(ByteBuffer.wrap(encoded, 0, length))).isEmpty();
      }
      byte[] more = java.util.Arrays.copyOf(encoded, encoded.length + 1);
      assertThat(WorkerCodec.decode(ByteBuffer.wrap(more))).isEmpty();
    }
  }

  @Test
  void a_length_reserves_nothing() throws IOException {
    for (String start : List.of("7fffffff10", "ffffffff10", "0000000010", "0200000010")) {
      var in = new ByteArrayInputStream(Bytes.ofHex(start).toArray());
      if (start.startsWith("0200")) {
        assertThatThrownBy(() -> WorkerCodec.read(new DataInputStream(in)))
            .isInstanceOf(EOFException.class);
      } else {
        assertThat(WorkerCodec.read(new DataInputStream(in))).isEmpty();
      }
    }
  }

  @Test
  void the_page_shows_these_bytes() throws IOException {
    String page = Files.readString(Path.of("../docs/format/query-worker.md"));
    List<WorkerMessage> shown =
        List.of(
            new WorkerMessage.Ask("SELECT 1", 10, 1_000, false),
            new WorkerMessage.Columns(List.of(new ResultColumn("1", "INTEGER"))),
            new WorkerMessage.Rows(List.of(List.of(1L))),
            new WorkerMessage.Done(false));
    for (WorkerMessage message : shown) {
      assertThat(page).contains(Bytes.adopt(WorkerCodec.encode(message)).hex());
    }
  }

  @FuzzTest
  void the_decoder_never_throws(byte[] input) throws IOException {
    var decoded = WorkerCodec.decode(ByteBuffer.wrap(input));
    if (decoded.isPresent()
        && !Bytes.adopt(WorkerCodec.encode(decoded.get())).equals(Bytes.copyOf(input))) {
      throw new AssertionError("two encodings of one message");
    }
  }
}
