package io.telltale.lake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.lake.write.Lineage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/**
 * Firm ground, growth: each revision says what changed. Random revisions, first as older pipelines
 * wrote them, in a lake that merges and in one that does not; every answer against a model.
 */
class MinuteLineageTest {
  private static final int MINUTES = 4;
  private static final int COMMITS = 28;
  private static final int OF_OLDER_PIPELINE = 14;

  @TempDir Path folder;
  private final Random random = new Random(11);
  private final List<Minute> minutes = new ArrayList<>();
  private final long[] offsets = new long[16];

  /** A minute as it has to look. */
  private static final class Minute {
    private final Instant start;
    private final List<RawRow> rows = new ArrayList<>();
    private final Map<Integer, Boolean> revisions = new TreeMap<>();
    // Where a record was first behind a revision.
    private final Map<String, Integer> first = new TreeMap<>();
    private int revision;

    Minute(int number) {
      start = TestLake.NOON.plusSeconds(60L * number);
    }

    RoaringBitmap devices() {
      return numbers(rows);
    }
  }

  private static RoaringBitmap numbers(List<RawRow> rows) {
    var numbers = new RoaringBitmap();
    rows.forEach(row -> numbers.add(row.origin().deviceNumber()));
    return numbers;
  }

  private static String id(RawRow row) {
    return row.partition() + ":" + row.offset();
  }

  private static List<OffsetRange> ranges(List<RawRow> rows) {
    return Lineage.joined(
        rows.stream()
            .map(row -> new OffsetRange(row.partition(), row.offset(), row.offset()))
            .toList());
  }

  private List<RawRow> fresh(Minute minute) {
    var rows = new ArrayList<RawRow>();
    int count = random.nextInt(7);
    for (int i = 0; i < count; i++) {
      int device = 1 + random.nextInt(40);
      int partition = device % 16;
      offsets[partition] += 1 + (random.nextInt(3) == 0 ? random.nextInt(5) : 0);
      Instant time = minute.start.plusMillis(random.nextInt(60_000));
      rows.add(TestLake.row(partition, offsets[partition], device, random.nextInt(90), time));
    }
    return rows;
  }

  private MinuteRow revision(Minute minute, boolean isFinal, int since, List<RawRow> told) {
    RoaringBitmap numbers = numbers(told);
    if (since > 0) {
      List<RawRow> before = minute.rows.stream().filter(row -> !told.contains(row)).toList();
      numbers.andNot(numbers(before));
    }
    minute.revision++;
    minute.revisions.put(minute.revision, isFinal);
    told.forEach(row -> minute.first.putIfAbsent(id(row), minute.revision));
    MinuteRow all = TestLake.minute(minute.start, minute.revision, minute.rows);
    return new MinuteRow(
        all.scope(),
        all.site(),
        all.deviceType(),
        all.metric(),
        all.unit(),
        all.minute(),
        all.revision(),
        isFinal,
        all.count(),
        all.sum(),
        all.min(),
        all.max(),
        all.devices(),
        since,
        numbers,
        Lineage.text(ranges(told)));
  }

  /** What one commit says of a minute: all of it, or what came, in one revision or two. */
  private List<MinuteRow> revisions(Minute minute, boolean older, List<RawRow> fresh) {
    minute.rows.addAll(fresh);
    boolean isFinal = random.nextInt(5) == 0;
    if (older || minute.revision == 0) {
      return List.of(revision(minute, isFinal, 0, List.copyOf(minute.rows)));
    }
    int cut = random.nextInt(3) == 0 ? random.nextInt(fresh.size() + 1) : 0;
    var rows = new ArrayList<MinuteRow>();
    if (cut > 0) {
      rows.add(revision(minute, false, minute.revision, fresh.subList(0, cut)));
    }
    rows.add(revision(minute, isFinal, minute.revision, fresh.subList(cut, fresh.size())));
    return rows;
  }

  private void commit(boolean older, List<TestLake> lakes) {
    var readings = new ArrayList<RawRow>();
    var revised = new ArrayList<MinuteRow>();
    for (Minute minute : minutes) {
      List<RawRow> fresh = random.nextInt(4) == 0 ? List.of() : fresh(minute);
      if (!fresh.isEmpty()) {
        readings.addAll(fresh);
        revised.addAll(revisions(minute, older, fresh));
      }
    }
    lakes.forEach(lake -> lake.write(readings, revised));
  }

  @Test
  void answers_are_those_of_the_model_with_and_without_merging() {
    for (int i = 0; i < MINUTES; i++) {
      minutes.add(new Minute(i));
    }
    try (var merging = new TestLake(folder.resolve("merging"));
        var plain = new TestLake(folder.resolve("plain"))) {
      for (int commit = 1; commit <= COMMITS; commit++) {
        commit(commit <= OF_OLDER_PIPELINE, List.of(merging, plain));
        merging.advance(Duration.ofMinutes(1));
        merging.maintain();
        if (commit == OF_OLDER_PIPELINE + 10) {
          check(merging);
        }
      }
      check(merging);
      check(plain);
      String all = "SELECT * FROM minutes ORDER BY \"minute\"";
      assertThat(answer(merging, all).resultHash()).isEqualTo(answer(plain, all).resultHash());
      assertThat(kept(merging)).isLessThan(kept(plain) * 2 / 3);
      assertThat(kept(plain)).isEqualTo(minutes.stream().mapToLong(one -> one.revision).sum());
    }
  }

  private static long kept(TestLake lake) {
    return (Long)
        answer(lake, "SELECT count(*) FROM minute_revisions").rows().getFirst().getFirst();
  }

  private static QueryResult answer(TestLake lake, String sql) {
    return switch (lake.lake.query().run(TestLake.ANALYST, sql, "test", QueryLimits.DEFAULT)) {
      case QueryOutcome.Answered(QueryResult result) -> result;
      case QueryOutcome.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  private void check(TestLake lake) {
    Minute one = minutes.get(random.nextInt(MINUTES));
    List<RawRow> all = minutes.stream().flatMap(minute -> minute.rows.stream()).toList();
    trace(lake, "WHERE \"minute\" = TIMESTAMPTZ '" + one.start + "'", one.rows, 1);
    trace(lake, "", all, MINUTES);
    numbers(lake);
    back(lake);
    story(lake, one);
  }

  private void numbers(TestLake lake) {
    String sql =
        """
        SELECT revision, "final", "count", "sum", "min", "max", devices FROM minutes
        ORDER BY "minute"\
        """;
    List<List<Object>> expected =
        minutes.stream()
            .map(
                minute -> {
                  MinuteRow row = TestLake.minute(minute.start, minute.revision, minute.rows);
                  return List.<Object>of(
                      (long) row.revision(),
                      minute.revisions.getOrDefault(minute.revision, false),
                      row.count(),
                      row.sum(),
                      row.min(),
                      row.max(),
                      (long) row.devices());
                })
            .toList();
    assertThat(answer(lake, sql).rows().stream().map(row -> List.<Object>copyOf(row)).toList())
        .isEqualTo(expected);
  }

  private static void trace(TestLake lake, String where, List<RawRow> rows, int aggregates) {
    String sql = "SELECT sum(\"sum\") FROM minutes " + where;
    TraceOutcome outcome = lake.lake.trace().fromQuery(TestLake.ANALYST, sql, "test");
    assertThat(outcome).isInstanceOf(TraceOutcome.Traced.class);
    TraceReport report = ((TraceOutcome.Traced) outcome).report();
    assertThat(report.agrees()).isTrue();
    assertThat(report.aggregates()).isEqualTo(aggregates);
    assertThat(report.rows()).isEqualTo(rows.size());
    assertThat(report.ranges()).isEqualTo(ranges(rows));
    var devices = new RoaringBitmap();
    report.sources().forEach(source -> devices.add(source.deviceNumber()));
    assertThat(devices).isEqualTo(numbers(rows));
    assertThat(lake.lake.trace().records(TestLake.ANALYST, report.ranges(), 10_000))
        .extracting(record -> record.partition() + ":" + record.offset())
        .containsExactlyInAnyOrderElementsOf(rows.stream().map(MinuteLineageTest::id).toList());
  }

  private void back(TestLake lake) {
    List<MinuteRow> span =
        lake.lake.writer().minutes(TestLake.SCOPE, TestLake.NOON).rows().stream()
            .sorted(Comparator.comparing(MinuteRow::minute))
            .toList();
    assertThat(span).hasSize(MINUTES);
    for (int i = 0; i < MINUTES; i++) {
      Minute minute = minutes.get(i);
      MinuteRow row = span.get(i);
      assertThat(row.minute()).isEqualTo(minute.start);
      assertThat(row.revision()).isEqualTo(minute.revision);
      assertThat(row.count()).isEqualTo(minute.rows.size());
      assertThat(row.contributors()).isEqualTo(minute.devices());
      assertThat(row.devices()).isEqualTo(minute.devices().getCardinality());
    }
  }

  private void story(TestLake lake, Minute minute) {
    RawRow row = minute.rows.get(random.nextInt(minute.rows.size()));
    int first = minute.first.getOrDefault(id(row), 0);
    List<Integer> fed =
        lake
            .lake
            .trace()
            .fromRow(TestLake.ANALYST, row.partition(), row.offset())
            .orElseThrow()
            .fed()
            .stream()
            .map(RecordStory.Fed::revision)
            .toList();
    Stream<Integer> needed =
        minute.revisions.entrySet().stream()
            .filter(revision -> revision.getValue() || revision.getKey() == minute.revision)
            .map(Map.Entry::getKey)
            .filter(revision -> revision >= first);
    assertThat(fed).isSorted().containsAll(needed.toList());
    assertThat(fed.getFirst()).isGreaterThanOrEqualTo(first);
  }
}
