package io.telltale.lake.trace;

import io.telltale.engine.QuestionFailed;
import io.telltale.engine.WorkerProcess;
import io.telltale.kernel.Event;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.Analyst;
import io.telltale.lake.LakeParts;
import io.telltale.lake.LakeTrace;
import io.telltale.lake.OffsetRange;
import io.telltale.lake.ProvenRecord;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.lake.QueryResult;
import io.telltale.lake.RecordStory;
import io.telltale.lake.TraceOutcome;
import io.telltale.lake.TraceReport;
import io.telltale.lake.query.GovernedQuery;
import io.telltale.lake.query.LakeFiles;
import io.telltale.lake.query.Pruning;
import io.telltale.lake.query.Question;
import io.telltale.lake.query.SqlGate;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.Snapshot;
import io.telltale.lake.table.Tables;
import io.telltale.lake.write.RowSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.roaringbitmap.RoaringBitmap;
import tools.jackson.databind.JsonNode;

/** Traces answers back to records; all that belongs to one trace reads the same snapshot. */
public final class Tracer implements LakeTrace {
  private static final QueryLimits LIMITS =
      QueryLimits.DEFAULT.with(QueryLimits.DEFAULT.rowsMax(), Duration.ofSeconds(60));
  private static final int MINUTES_MAX = 100_000;
  private static final int ROWS_MAX = 2_000_000;
  private static final long MINUTE_MICROS = 60_000_000;

  private final LakeParts parts;
  private final SqlGate gate;
  private final LakeFiles files;
  private final GovernedQuery query;
  private final RecordTrace records;

  public Tracer(LakeParts parts, SqlGate gate, LakeFiles files, GovernedQuery query) {
    this.parts = parts;
    this.gate = gate;
    this.files = files;
    this.query = query;
    this.records = new RecordTrace(files);
  }

  @Override
  public TraceOutcome fromQuery(Analyst who, String sql, String purpose) {
    GovernedQuery.Asked asked = query.asked(who, sql, purpose);
    try (Question question = files.question(LIMITS)) {
      return switch (gate.check(sql, question)) {
        case SqlGate.Verdict.Denied denied -> refuse(asked, denied.code(), denied.message());
        case SqlGate.Verdict.Allowed allowed -> {
          Optional<String> need = Traceable.obstacle(allowed.statement());
          yield need.isPresent()
              ? refuse(asked, "not-traceable", "an exact trace needs " + need.get())
              : trace(asked, question, allowed.statement());
        }
      };
    } catch (QuestionFailed e) {
      return refuse(asked, e.code(), e.reason());
    }
  }

  @Override
  public Optional<RecordStory> fromRow(Analyst who, int partition, long offset) {
    made(who, "record/" + partition + ":" + offset, Map.of("kind", "record"));
    try (Snapshot snapshot = files.snapshot(who.tenant())) {
      return records.story(snapshot, who, partition, offset);
    } catch (QuestionFailed e) {
      throw failed(e);
    }
  }

  @Override
  public List<ProvenRecord> records(Analyst who, List<OffsetRange> ranges, int recordsMax) {
    long wanted = ranges.stream().mapToLong(OffsetRange::size).sum();
    if (wanted > recordsMax) {
      throw new IllegalArgumentException(wanted + " records are more than " + recordsMax);
    }
    made(who, "records", Map.of("kind", "sealed", "records", Long.toString(wanted)));
    try (Snapshot snapshot = files.snapshot(who.tenant())) {
      return records.sealed(snapshot, who, ranges);
    } catch (QuestionFailed e) {
      throw failed(e);
    }
  }

  private TraceOutcome refuse(GovernedQuery.Asked asked, String code, String message) {
    QueryOutcome.Refused refused = query.refuse(asked, code, message);
    return new TraceOutcome.Refused(refused.code(), refused.message());
  }

  private TraceOutcome trace(GovernedQuery.Asked asked, Question question, JsonNode parsed)
      throws QuestionFailed {
    String star = "SELECT * FROM readings";
    String rowsSql =
        switch (gate.check(star, question)) {
          case SqlGate.Verdict.Denied denied -> throw new IllegalStateException(denied.message());
          case SqlGate.Verdict.Allowed allowed ->
              question.render(Traceable.contributing(parsed, allowed.statement()).toString());
        };
    Optional<TraceReport> report;
    try (Snapshot snapshot = files.snapshot(asked.who().tenant())) {
      report =
          Traceable.table(parsed).equals(Tables.READINGS)
              ? ofReadings(asked, question, snapshot, parsed, rowsSql)
              : ofMinutes(asked, question, snapshot, parsed, rowsSql);
    }
    if (report.isEmpty()) {
      return refuse(asked, "no-key", GovernedQuery.NO_KEY);
    }
    tell(asked, report.get());
    return new TraceOutcome.Traced(report.get());
  }

  private Optional<TraceReport> ofReadings(
      GovernedQuery.Asked asked,
      Question question,
      Snapshot snapshot,
      JsonNode parsed,
      String rowsSql)
      throws QuestionFailed {
    if (!add(question, snapshot, Tables.READINGS, asked, parsed)) {
      return Optional.empty();
    }
    question.lock(false);
    query.started(asked, Set.of(Tables.READINGS));
    QueryResult answer = answer(asked, question, Tables.READINGS);
    Contributions found = Contributions.of(sql -> rows(question, sql), rowsSql);
    return Optional.of(report(answer, Tables.READINGS, 0, found, true));
  }

  private Optional<TraceReport> ofMinutes(
      GovernedQuery.Asked asked,
      Question question,
      Snapshot snapshot,
      JsonNode parsed,
      String rowsSql)
      throws QuestionFailed {
    if (!add(question, snapshot, Tables.MINUTES, asked, parsed)) {
      return Optional.empty();
    }
    question.lock(false);
    query.started(asked, Set.of(Tables.MINUTES, Tables.READINGS));
    QueryResult answer = answer(asked, question, Tables.MINUTES);
    List<MatchedMinute> matched =
        MatchedMinute.readAll(rows(question, MatchedMinute.sql(rowsSql, MINUTES_MAX + 1)));
    if (matched.size() > MINUTES_MAX) {
      throw new QuestionFailed(
          "failed", "more than " + MINUTES_MAX + " minutes: narrow the WHERE clause");
    }
    // One worker at a time: what the first holds is not needed any more.
    question.close();
    return contributions(asked, snapshot, matched)
        .map(found -> report(answer, Tables.MINUTES, matched.size(), found, agree(matched, found)));
  }

  // SQL of our own alone; what it needs of memory is a worker's all the same, not the server's.
  private Optional<Contributions> contributions(
      GovernedQuery.Asked asked, Snapshot snapshot, List<MatchedMinute> matched)
      throws QuestionFailed {
    List<String> staging = Contributions.staging(matched);
    try (Question second = files.question(LIMITS)) {
      List<SealedFile.Pair> candidates = snapshot.files(Tables.READINGS, span(matched));
      if (!files.add(second, Tables.READINGS, candidates, asked.who().id())) {
        return Optional.empty();
      }
      second.lock(staging);
      return Optional.of(Contributions.of(sql -> rows(second, sql), Contributions.OF_MINUTES));
    }
  }

  private boolean add(
      Question question,
      Snapshot snapshot,
      String table,
      GovernedQuery.Asked asked,
      JsonNode parsed)
      throws QuestionFailed {
    Expression filter = Pruning.filter(Traceable.select(parsed), table);
    return files.add(question, table, snapshot.files(table, filter), asked.who().id());
  }

  private List<RowSource.Row> rows(Question question, String sql) throws QuestionFailed {
    WorkerProcess.Table table = files.rows(question, sql, ROWS_MAX);
    return table.rows().stream().map(RowSource.Row::new).toList();
  }

  /** True for every reading that {@code matched} were made of. */
  public static Expression span(List<MatchedMinute> matched) {
    var span = matched.stream().mapToLong(minute -> minute.name().micros()).summaryStatistics();
    return matched.isEmpty()
        ? Expressions.alwaysFalse()
        : Expressions.and(
            Expressions.greaterThanOrEqual("event_time", span.getMin()),
            Expressions.lessThan("event_time", span.getMax() + MINUTE_MICROS));
  }

  private static boolean agree(List<MatchedMinute> matched, Contributions found) {
    var devices = new RoaringBitmap();
    long rows = 0;
    for (MatchedMinute minute : matched) {
      devices.or(minute.contributors());
      rows += minute.count();
    }
    return rows == found.rows() && devices.equals(found.devices());
  }

  private static QueryResult answer(GovernedQuery.Asked asked, Question question, String table)
      throws QuestionFailed {
    return question.answer(asked.id(), List.of(table), question.ask(asked.sql(), false));
  }

  private static TraceReport report(
      QueryResult answer, String table, long aggregates, Contributions found, boolean agrees) {
    return new TraceReport(
        answer,
        table,
        aggregates,
        found.rows(),
        found.records(),
        found.ranges(),
        found.sources(),
        found.from(),
        found.to(),
        agrees);
  }

  private void tell(GovernedQuery.Asked asked, TraceReport report) {
    query.finished(asked, report.answer());
    made(
        asked.who(),
        "query/" + asked.id(),
        Map.of(
            "kind", "query",
            "result", report.answer().resultHash().hex(),
            "rows", Long.toString(report.rows()),
            "records", Long.toString(report.records())));
  }

  private void made(Analyst who, String subject, Map<String, String> details) {
    parts
        .ledger()
        .record(
            new Event(
                "trace.made",
                parts.clock().instant(),
                who.tenant(),
                who.id().uri(),
                subject,
                new TreeMap<>(details)));
  }

  private static UnavailableException failed(QuestionFailed e) {
    return new UnavailableException("reading records: " + e.reason());
  }
}
