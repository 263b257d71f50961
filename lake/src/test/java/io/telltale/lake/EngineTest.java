package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.telltale.engine.DuckSession;
import io.telltale.engine.EngineFailedException;
import io.telltale.kernel.Bytes;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.write.WritingEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** Firm ground 16: the engine that writes has little memory, and what is too much for it passes. */
final class EngineTest {
  private static final int MEGABYTES = 64;

  @TempDir Path folder;
  private final Random random = new Random(7);
  private TestLake lake;

  @BeforeEach
  void open() {
    LakeMemory all = LakeMemory.STANDARD;
    var little =
        new LakeMemory(
            all.questions(),
            all.questionMegabytes(),
            all.answerBytes(),
            all.traceBytes(),
            all.idleBytes(),
            all.fileBytes(),
            MEGABYTES);
    lake = new TestLake(folder, new TestKeys(), objects -> objects, little);
  }

  @AfterEach
  void close() {
    lake.close();
  }

  private Bytes noise(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return Bytes.adopt(bytes);
  }

  private static MinuteRow minute(int revision, String offsets) {
    return new MinuteRow(
        TestLake.SCOPE,
        "hall-1",
        "press",
        "temperature",
        "Cel",
        TestLake.NOON,
        revision,
        true,
        1,
        20.0,
        20.0,
        20.0,
        1,
        0,
        RoaringBitmap.bitmapOf(7),
        offsets);
  }

  private List<RawRow> large(long firstOffset, int count, int bytes) {
    var rows = new ArrayList<RawRow>();
    for (RawRow row : TestLake.rows(firstOffset, count, 1)) {
      Bytes payload = noise(bytes);
      rows.add(with(row, payload, "temperature"));
      rows.add(with(row, payload, "pressure"));
    }
    return rows;
  }

  private static RawRow with(RawRow row, Bytes payload, String metric) {
    return new RawRow(
        row.partition(),
        row.offset(),
        row.origin(),
        row.originBytes(),
        payload,
        row.originSalt(),
        row.payloadSalt(),
        metric,
        row.value(),
        row.unit(),
        row.unitSent(),
        row.eventTime(),
        row.sourceTime(),
        row.asset(),
        row.steps(),
        row.suspect());
  }

  private long count(String sql) {
    return switch (lake.lake.query().run(TestLake.ANALYST, sql, "test", QueryLimits.DEFAULT)) {
      case QueryOutcome.Answered(QueryResult result) ->
          (Long) java.util.Objects.requireNonNull(result.rows().getFirst().getFirst());
      case QueryOutcome.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  @Test
  void an_engine_that_ran_out_of_memory_is_opened_anew_with_all_of_it() {
    try (var engine = new WritingEngine(MEGABYTES)) {
      for (int i = 0; i < 3; i++) {
        DuckSession session = engine.parts().session();
        String most =
            "CREATE TABLE most%d AS SELECT hash(range) FROM range(4_500_000)".formatted(i);
        session.run(most);
        EngineFailedException failed =
            catchThrowableOfType(
                EngineFailedException.class, () -> session.run(most.replace("most", "more")));
        assertThat(failed).hasMessageContaining("Out of Memory");
        engine.failed(failed);
      }
      engine.parts().session().run("CREATE TABLE little AS SELECT 1");
    }
  }

  @Test
  void an_engine_that_is_broken_is_opened_anew() {
    lake.write(TestLake.rows(0, 10, 5), List.of());
    ((SealingWriter) lake.lake.writer()).engine().parts().session().close();
    List<MinuteRow> minutes = List.of(minute(1, "1:10-19"));
    assertThatThrownBy(() -> lake.write(TestLake.rows(10, 10, 5), minutes))
        .isInstanceOf(EngineFailedException.class);
    lake.write(TestLake.rows(10, 10, 5), minutes);
    assertThat(count("SELECT count(*) FROM readings")).isEqualTo(20);
  }

  @Test
  void a_large_commit_passes_in_pieces_and_no_record_is_stored_twice() {
    var minutes = new ArrayList<MinuteRow>();
    for (int revision = 1; revision <= 40; revision++) {
      minutes.add(minute(revision, noise(256 << 10).hex()));
    }
    lake.write(large(0, 30, 1 << 20), minutes);
    assertThat(files()).isGreaterThan(2 * 3 + 1);
    assertThat(count("SELECT count(*) FROM readings")).isEqualTo(2 * 30);
    assertThat(count("SELECT count(*) FROM minute_revisions")).isEqualTo(40);
    List<OffsetRange> all = new ArrayList<>();
    for (int partition = 0; partition < 16; partition++) {
      all.add(new OffsetRange(partition, 0, 29));
    }
    assertThat(lake.lake.trace().records(TestLake.ANALYST, all, 1_000)).hasSize(30);
  }

  @Test
  void a_merge_of_large_records_takes_nothing_of_the_engines_memory() {
    for (int batch = 0; batch < 8; batch++) {
      lake.write(large(batch * 10L, 6, 600 << 10), List.of());
    }
    assertThat(files()).isEqualTo(2 * 8);
    for (int round = 0; round < 4; round++) {
      lake.advance(Duration.ofMinutes(1));
      lake.maintain();
    }
    assertThat(files()).isEqualTo(2);
    assertThat(lake.halts.getOrDefault("merges-left readings", 0L)).isZero();
    assertThat(count("SELECT count(*) FROM readings")).isEqualTo(2 * 48);
  }

  /** Few rows a file, each with a label of a megabyte: what is not worth joining. */
  private List<RawRow> longLabels(long firstOffset, int count) {
    return TestLake.rows(firstOffset, count, 1).stream()
        .map(row -> TestLake.withAsset(row, labelled(row.asset(), noise(512 << 10).hex())))
        .toList();
  }

  private static Asset labelled(Asset asset, String label) {
    return new Asset(
        asset.environment(),
        asset.region(),
        asset.productLine(),
        asset.site(),
        asset.deviceType(),
        asset.ownerTeam(),
        asset.provisioning(),
        Map.of("note", label));
  }

  @Test
  void a_merge_that_is_too_much_for_the_engine_is_done_with_fewer_files() {
    for (int batch = 0; batch < 8; batch++) {
      lake.write(longLabels(batch * 10L, 6), List.of());
    }
    assertThat(files()).isEqualTo(2 * 8);
    WritingEngine engine = ((SealingWriter) lake.lake.writer()).engine();
    WritingEngine.Parts opened = engine.parts();
    for (int round = 0; round < 4; round++) {
      lake.advance(Duration.ofMinutes(1));
      lake.maintain();
    }
    assertThat(engine.parts()).as("after it failed").isNotSameAs(opened);
    assertThat(files()).isLessThan(2 * 8).isGreaterThan(2);
    assertThat(lake.halts.getOrDefault("merges-left readings", 0L)).isZero();
    assertThat(count("SELECT count(*) FROM readings")).isEqualTo(48);
  }

  private int files() {
    var names = new ArrayList<String>();
    lake.parts.objects().list(SealedFile.FOLDER, names::add);
    return names.size();
  }
}
