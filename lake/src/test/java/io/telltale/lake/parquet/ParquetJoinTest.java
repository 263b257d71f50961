package io.telltale.lake.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.telltale.engine.DuckSession;
import io.telltale.engine.MemoryFile;
import io.telltale.lake.parquet.ParquetJoin.Worth;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** DuckDB reads of a joined file what it reads of its parts. */
@Tag("one-store")
class ParquetJoinTest {
  private static final Worth ANY = new Worth(0, 0, Long.MAX_VALUE);
  private static final NestedField NUMBER = NestedField.required(1, "n", Types.LongType.get());
  private static final NestedField TEXT = NestedField.required(2, "t", Types.StringType.get());

  private final List<MemoryFile> files = new ArrayList<>();
  private DuckSession session;

  @BeforeEach
  void open() {
    session = DuckSession.open(256, 1);
  }

  @AfterEach
  void close() {
    files.forEach(MemoryFile::close);
    session.close();
  }

  @Test
  void joined_files_hold_the_rows_of_each_in_order() {
    MemoryFile one = ours(0, 3_000);
    MemoryFile other = ours(3_000, 1);
    MemoryFile joined = joined(List.of(one, other), ANY).orElseThrow();

    assertThat(texts(List.of(joined))).isEqualTo(texts(List.of(one, other))).hasSize(3_001);
  }

  @Test
  void a_joined_file_is_joined_again() {
    var parts = new ArrayList<MemoryFile>();
    for (int i = 0; i < 9; i++) {
      parts.add(ours(100L * i, 100));
    }
    MemoryFile first = joined(parts.subList(0, 4), ANY).orElseThrow();
    MemoryFile all =
        joined(List.of(first, joined(parts.subList(4, 9), ANY).orElseThrow()), ANY).orElseThrow();

    assertThat(texts(List.of(all))).isEqualTo(texts(parts)).hasSize(900);
    assertThat(session.text(of(all, "count(DISTINCT row_group_id)", "parquet_metadata")))
        .isEqualTo("9");
  }

  @Test
  void an_engines_compressed_files_with_their_filters_are_joined() {
    var parts = new ArrayList<MemoryFile>();
    for (int i = 0; i < 3; i++) {
      parts.add(engines("SELECT r, 'text ' || (r %% 7 + 10 * %d) AS t FROM range(5000) x(r)", i));
    }
    assertThat(session.text(of(parts.getFirst(), "count(bloom_filter_offset)", "parquet_metadata")))
        .as("columns with a filter")
        .isNotEqualTo("0");
    MemoryFile joined = joined(parts, ANY).orElseThrow();

    for (String text : List.of("text 3", "text 13", "text 26", "text 9")) {
      String counted = " WHERE t = '" + text + "'";
      assertThat(session.text(of(joined, "count(*)", "read_parquet") + counted))
          .isEqualTo(
              session.text("SELECT count(*) FROM read_parquet(" + paths(parts) + ")" + counted));
    }
    for (int i = 0; i < 3; i++) {
      assertThat(
              session.text(
                  "SELECT bool_or(bloom_filter_excludes) FROM"
                      + " parquet_bloom_probe('%s', 't', 'text %d')"
                          .formatted(joined.path(), 10 * i)))
          .as("not in each row group")
          .isEqualTo("true");
    }
  }

  @Test
  void files_of_other_columns_are_not_joined() {
    MemoryFile other = engines("SELECT 1::BIGINT AS n, %d AS t", 1);

    assertThat(joined(List.of(ours(0, 10), other), ANY)).isEmpty();
  }

  @Test
  void row_groups_that_are_too_small_are_not_kept() {
    List<MemoryFile> parts = List.of(ours(0, 1_000), ours(1_000, 1_000), ours(2_000, 400));

    assertThat(joined(parts, new Worth(800, 0, 1_000))).isPresent();
    assertThat(joined(parts, new Worth(801, 0, 1_000))).isEmpty();
    assertThat(joined(parts, new Worth(0, 1 << 20, 1_000))).isEmpty();
  }

  @Test
  void row_groups_that_repeat_long_texts_are_not_kept() {
    List<MemoryFile> parts = List.of(ours(0, 4), ours(4, 4));
    long bytes = parts.stream().mapToLong(MemoryFile::size).sum();

    assertThat(joined(parts, new Worth(0, 0, bytes / 8))).isPresent();
    assertThat(joined(parts, new Worth(0, 0, bytes / 80))).isEmpty();
  }

  // Whatever reads rows says what is wrong with it, and with which file.
  @Test
  void no_footer_however_odd_does_more_than_keep_files_apart() throws IOException {
    MemoryFile whole = ours(0, 10);
    byte[] content = Files.readAllBytes(whole.path());
    for (int length : List.of(0, 3, 8, content.length / 2)) {
      assertThat(joined(List.of(whole, file(Arrays.copyOf(content, length))), ANY))
          .as(length + " bytes")
          .isEmpty();
    }
    for (int at = 0; at < content.length; at++) {
      byte[] flipped = content.clone();
      flipped[at] ^= 0x04;
      assertThatCode(() -> joined(List.of(whole, file(flipped)), ANY)).doesNotThrowAnyException();
      files.removeIf(
          file -> {
            boolean more = file != whole;
            if (more) {
              file.close();
            }
            return more;
          });
    }
  }

  private MemoryFile file(byte[] content) {
    MemoryFile file = MemoryFile.create();
    files.add(file);
    try (OutputStream to = file.output()) {
      to.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private Optional<MemoryFile> joined(List<MemoryFile> parts, Worth worth) {
    Optional<MemoryFile> joined = ParquetJoin.of(parts, worth);
    joined.ifPresent(files::add);
    return joined;
  }

  private MemoryFile ours(long from, int rows) {
    long[] numbers = new long[rows];
    int[] textOf = new int[rows];
    for (int i = 0; i < rows; i++) {
      numbers[i] = from + i;
      textOf[i] = (int) ((from + i) % 3);
    }
    try {
      MemoryFile file =
          ParquetFileTest.file(
              rows,
              List.of(
                  ParquetColumn.growing(NUMBER, numbers, rows),
                  ParquetColumn.texts(TEXT, List.of("a", "µ", "c" + from), textOf)));
      files.add(file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private MemoryFile engines(String select, int number) {
    MemoryFile file = MemoryFile.create();
    files.add(file);
    session.run(
        "COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
            .formatted(select.formatted(number), file.path()));
    return file;
  }

  private static String of(MemoryFile file, String what, String function) {
    return "SELECT %s FROM %s('%s')".formatted(what, function, file.path());
  }

  private static String paths(List<MemoryFile> some) {
    return some.stream().map(DuckSession::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  private List<String> texts(List<MemoryFile> some) {
    return List.of(
        session
            .text("SELECT string_agg(n || ' ' || t, '\n') FROM read_parquet(" + paths(some) + ")")
            .split("\n", -1));
  }
}
