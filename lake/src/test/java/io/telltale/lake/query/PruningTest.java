package io.telltale.lake.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.engine.DuckSession;
import io.telltale.engine.QuestionFailed;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.TenantId;
import io.telltale.lake.LakeMemory;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.OffsetRange;
import io.telltale.lake.RawRow;
import io.telltale.lake.TestLake;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.Json;
import io.telltale.lake.table.PointerGuard;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.Snapshot;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.trace.Contributions;
import io.telltale.lake.trace.MatchedMinute;
import io.telltale.lake.trace.Traceable;
import io.telltale.lake.trace.Tracer;
import io.telltale.testkit.Cases;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Firm ground 7: what files are passed over never changes an answer, nor what is behind it. */
class PruningTest {
  private static final List<String> ENVIRONMENTS = List.of("factory", "lab", "pump-1");
  private static final List<String> FAILED = List.of("failed");
  private static final int DAYS = 4;

  @TempDir Path folder;
  private TestLake lake;
  private LakeFiles files;
  private FileVault vault;
  private OpenFiles open;
  private DuckSession parser;
  private Sandbox whole;
  private DuckSession all;
  private final Map<String, Integer> fileCounts = new HashMap<>();

  @BeforeEach
  void fill() {
    lake = new TestLake(folder);
    var late = new ArrayList<List<RawRow>>();
    int offset = 0;
    for (int day = 0; day < DAYS; day++) {
      for (String environment : ENVIRONMENTS) {
        var rows = new ArrayList<RawRow>();
        var minutes = new ArrayList<MinuteRow>();
        for (int i = 0; i < 12; i++) {
          Instant time = TestLake.NOON.plus(Duration.ofDays(day)).plusSeconds(i * 3_600L);
          RawRow row = row(offset++, environment, time);
          rows.add(row);
          minutes.add(minute(1, List.of(row)));
          if (i % 4 == 0) {
            late.add(List.of(row, row(offset++, environment, time.plusSeconds(7))));
          }
        }
        lake.write(rows, minutes);
      }
    }
    lake.write(
        late.stream().map(List::getLast).toList(),
        late.stream().map(rows -> minute(2, rows)).toList());
    var tables = new TableStore(lake.parts);
    var guard = new PointerGuard(tables, lake.parts.history());
    vault = new FileVault(lake.parts);
    open = new OpenFiles(vault, LakeMemory.STANDARD.idleBytes());
    files = new LakeFiles(lake.parts, tables, vault, guard, new Readers(), LakeMemory.STANDARD);
    parser = DuckSession.open(256, 1);
    whole = Sandbox.open(open, 256);
    for (String table : List.of(Tables.READINGS, Tables.MINUTES)) {
      fileCounts.put(table, add(whole, table, Expressions.alwaysTrue()));
    }
    all = whole.lock();
  }

  @AfterEach
  void close() {
    whole.close();
    open.close();
    parser.close();
    files.close();
    lake.close();
  }

  private static RawRow row(int offset, String environment, Instant time) {
    var scope = new Scope(TenantId.DEFAULT, environment, "eu", "pumps", Sensitivity.INTERNAL);
    int device = 1 + offset % 7;
    return TestLake.inScope(TestLake.row(offset % 3, offset, device, offset % 10, time), scope);
  }

  private static MinuteRow minute(int revision, List<RawRow> rows) {
    RawRow first = rows.getFirst();
    return TestLake.minute(first.origin().scope(), first.eventTime(), revision, rows);
  }

  private int add(Sandbox sandbox, String table, Expression filter) {
    try (Snapshot snapshot = files.snapshot(TenantId.DEFAULT)) {
      List<SealedFile> mains =
          snapshot.files(table, filter).stream().map(SealedFile.Pair::main).toList();
      assertThat(sandbox.add(table, mains, vault, TestLake.OPERATOR)).isTrue();
      return mains.size();
    }
  }

  /** The tables that a statement reads, as the lake loads them for it. */
  private static Set<String> tables(JsonNode parsed) {
    return GovernedQuery.storedTables(
        parsed.findValues("table_name").stream()
            .map(name -> name.asString("").toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet()));
  }

  private JsonNode parsed(String sql) {
    return Json.parse(parser.text("SELECT json_serialize_sql('" + sql.replace("'", "''") + "')"));
  }

  private static List<String> rows(DuckSession session, String sql) {
    try {
      return Sandbox.rows(session, sql).stream()
          .map(row -> row.values().toString())
          .sorted()
          .toList();
    } catch (QuestionFailed e) {
      return FAILED;
    }
  }

  /** What became of a question. */
  private record Fate(boolean answered, int read, boolean pruned, boolean traced) {}

  /** Answers and what is behind them must be those of all files. */
  private Fate compare(String sql, String from, String where) {
    JsonNode parsed = parsed(sql);
    assertThat(parsed.path("error").asBoolean(true)).as(sql).isFalse();
    List<String> expected = rows(all, sql);
    boolean answered = !expected.equals(FAILED);
    boolean traced = answered && Traceable.obstacle(parsed).isEmpty();
    try (Sandbox sandbox = Sandbox.open(open, 256)) {
      int more = 0;
      for (String table : tables(parsed)) {
        int read = add(sandbox, table, Pruning.filter(Traceable.select(parsed), table));
        more += fileCounts.getOrDefault(table, 0) - read;
      }
      DuckSession pruned = sandbox.lock();
      if (answered) {
        assertThat(rows(pruned, sql)).as(sql).isEqualTo(expected);
      }
      if (traced) {
        behind(parsed, pruned, new RandomQuestion.Asked("", sql, from, where));
      }
      return new Fate(answered, sandbox.fileCount(), more > 0, traced);
    }
  }

  private void behind(JsonNode parsed, DuckSession pruned, RandomQuestion.Asked asked) {
    JsonNode listing = Traceable.contributing(parsed, parsed("SELECT * FROM readings"));
    String rowsSql =
        parser.text("SELECT json_deserialize_sql('" + listing.toString().replace("'", "''") + "')");
    try {
      if (Traceable.table(parsed).equals(Tables.READINGS)) {
        ofReadings(pruned, rowsSql, asked);
      } else {
        ofMinutes(pruned, rowsSql, asked);
      }
    } catch (QuestionFailed e) {
      throw new AssertionError(asked.sql() + " is traceable and then fails: " + e.reason(), e);
    }
  }

  private void ofReadings(DuckSession pruned, String rowsSql, RandomQuestion.Asked asked)
      throws QuestionFailed {
    Contributions found = Contributions.of(sql -> Sandbox.rows(pruned, sql), rowsSql);
    String sql =
        "SELECT \"partition\", record_offset FROM " + asked.from() + " WHERE " + asked.where();
    assertThat(records(found.ranges())).as(asked.sql()).isEqualTo(new TreeSet<>(rows(all, sql)));
  }

  private void ofMinutes(DuckSession pruned, String rowsSql, RandomQuestion.Asked asked)
      throws QuestionFailed {
    String whole = "SELECT * FROM " + asked.from() + " WHERE " + asked.where();
    List<MatchedMinute> expected = matched(all, whole);
    List<MatchedMinute> found = matched(pruned, rowsSql);
    assertThat(found).as(asked.sql()).isEqualTo(expected);
    try (Sandbox second = Sandbox.open(open, 256)) {
      add(second, Tables.READINGS, Tracer.span(found));
      DuckSession readings = second.lock(Contributions.staging(found));
      Contributions behind =
          Contributions.of(sql -> Sandbox.rows(readings, sql), Contributions.OF_MINUTES);
      assertThat(behind.rows())
          .as(asked.sql())
          .isEqualTo(expected.stream().mapToLong(MatchedMinute::count).sum());
      assertThat(records(behind.ranges()))
          .as(asked.sql())
          .isEqualTo(records(expected.stream().flatMap(one -> one.ranges().stream()).toList()));
    }
  }

  private static List<MatchedMinute> matched(DuckSession session, String rowsSql)
      throws QuestionFailed {
    return MatchedMinute.readAll(Sandbox.rows(session, MatchedMinute.sql(rowsSql, 10_000))).stream()
        .sorted(Comparator.comparing(minute -> minute.name().toString()))
        .toList();
  }

  private static Set<String> records(List<OffsetRange> ranges) {
    var records = new TreeSet<String>();
    for (OffsetRange range : ranges) {
      for (long offset = range.from(); offset <= range.to(); offset++) {
        records.add(List.of((long) range.partition(), offset).toString());
      }
    }
    return records;
  }

  @Test
  void names_that_mean_other_columns_pass_over_nothing() {
    int readings = fileCounts.getOrDefault(Tables.READINGS, 0);
    // The columns tenant, scope and device under the names a, b and scope.
    String renamed = "readings AS r(a, b, scope)";
    assertThat(read("SELECT * FROM " + renamed + " WHERE scope = 'press-003'", renamed, "true"))
        .isEqualTo(readings);
    assertThat(rows(all, "SELECT count(*) FROM " + renamed + " WHERE scope = 'press-003'"))
        .isNotEqualTo(List.of("[0]"));
    assertThat(Traceable.obstacle(parsed("SELECT count(*) FROM " + renamed + " WHERE b > 'x'")))
        .isPresent();
    String swapped = "SELECT device AS scope, scope AS device FROM readings WHERE device = ";
    assertThat(read(swapped + "'press-001'", "readings", "device = 'press-001'"))
        .isLessThan(readings);
    assertThat(
            Traceable.obstacle(parsed("SELECT value * 2 AS twice FROM readings WHERE twice > 1")))
        .contains("a WHERE clause without names of the SELECT list: write what twice stands for");
    // A column of the table, and not of the view.
    assertThat(
            Traceable.obstacle(
                parsed("SELECT \"count\" AS offsets FROM minutes WHERE offsets > 1")))
        .contains("a WHERE clause without names of the SELECT list: write what offsets stands for");
  }

  @Test
  void casts_that_change_a_constant_pass_over_nothing() {
    int readings = fileCounts.getOrDefault(Tables.READINGS, 0);
    for (String constant :
        List.of(
            "'2026-11-24 23:59:59'::DATE",
            "'2026-11-24 13:00:00.9'::TIMESTAMP_S",
            "TIMESTAMP(0) '2026-11-24 13:00:00.7'",
            "CAST('2026-11-24 13:00:00' AS DATE)::TIMESTAMPTZ")) {
      String where = "event_time >= " + constant;
      assertThat(read("SELECT count(*) FROM readings WHERE " + where, "readings", where))
          .as(constant)
          .isEqualTo(readings);
    }
    String kept = "event_time >= TIMESTAMP '2026-11-26 00:00:00'";
    assertThat(read("SELECT count(*) FROM readings WHERE " + kept, "readings", kept))
        .isLessThan(readings);
    String far = "event_time >= '290000-01-01 00:00:00'";
    assertThat(read("SELECT count(*) FROM readings WHERE " + far, "readings", far))
        .isEqualTo(readings);
  }

  // A minute's newest revision hides the older ones: without its file they would be told again.
  @Test
  void revisions_pass_over_nothing_whatever_bounds_files_have_of_them() {
    for (String table : List.of(Tables.MINUTES, Tables.MINUTE_REVISIONS)) {
      JsonNode parsed = parsed("SELECT * FROM " + table + " WHERE revision = 1 AND \"count\" > 0");
      assertThat(Pruning.filter(Traceable.select(parsed), Tables.MINUTES))
          .isEqualTo(Expressions.alwaysTrue());
    }
    JsonNode minute = parsed("SELECT * FROM minutes WHERE \"minute\" = '2026-11-24'");
    assertThat(Pruning.filter(Traceable.select(minute), Tables.MINUTES))
        .isNotEqualTo(Expressions.alwaysTrue());
  }

  private int read(String sql, String from, String where) {
    return compare(sql, from, where).read();
  }

  @Test
  void random_questions_have_the_same_answers_and_contributors_with_and_without_pruning() {
    var spread = new Spread();
    Cases.check(
        240,
        random -> {
          RandomQuestion.Asked asked = new RandomQuestion(random).next();
          spread.add(asked, compare(asked.sql(), asked.from(), asked.where()));
        });
    spread.print();
    // A single case that is repeated says nothing of this.
    if (spread.asked() > 1) {
      assertThat(spread.percent(Fate::answered)).as("answered").isGreaterThanOrEqualTo(80);
      assertThat(spread.percent(Fate::pruned)).as("read fewer files").isGreaterThanOrEqualTo(8);
      assertThat(spread.percent(Fate::traced)).as("traced").isGreaterThanOrEqualTo(8);
    }
  }

  /** How the questions were spread over their shapes, and what became of them. */
  private static final class Spread {
    private final Map<String, List<Fate>> fates = new TreeMap<>();

    void add(RandomQuestion.Asked asked, Fate fate) {
      String table = asked.from().toLowerCase(Locale.ROOT).split("[ (]", 2)[0];
      fates
          .computeIfAbsent((asked.shape() + " " + table).strip(), _ -> new ArrayList<>())
          .add(fate);
    }

    int asked() {
      return fates.values().stream().mapToInt(List::size).sum();
    }

    int percent(Predicate<Fate> which) {
      return 100 * count(fates.values().stream().flatMap(List::stream).toList(), which) / asked();
    }

    private static int count(List<Fate> some, Predicate<Fate> which) {
      return (int) some.stream().filter(which).count();
    }

    void print() {
      System.out.printf(
          "%d questions, %d %% answered, %d %% over fewer files, %d %% traced%n",
          asked(), percent(Fate::answered), percent(Fate::pruned), percent(Fate::traced));
      fates.forEach(
          (shape, some) ->
              System.out.printf(
                  "  %-24s %3d asked, %3d answered, %3d over fewer files, %3d traced%n",
                  shape,
                  some.size(),
                  count(some, Fate::answered),
                  count(some, Fate::pruned),
                  count(some, Fate::traced)));
    }
  }
}
