package io.telltale.lake;

import io.telltale.kernel.Event;
import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
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
final class Tracer implements LakeTrace {
  private static final QueryLimits LIMITS = QueryLimits.DEFAULT;
  private static final int MINUTES_MAX = 100_000;
  private static final int TIMEOUT_SECONDS = 60;
  private static final long MINUTE_MICROS = 60_000_000;

  private final LakeParts parts;
  private final SqlGate gate;
  private final LakeFiles files;
  private final GovernedQuery query;
  private final RecordTrace records;
  private final JsonNode star;

  Tracer(LakeParts parts, SqlGate gate, LakeFiles files, GovernedQuery query) {
    this.parts = parts;
    this.gate = gate;
    this.files = files;
    this.query = query;
    this.records = new RecordTrace(files);
    this.star =
        switch (gate.check("SELECT * FROM readings")) {
          case SqlGate.Verdict.Allowed allowed -> allowed.statement();
          case SqlGate.Verdict.Denied denied -> throw new IllegalStateException(denied.message());
        };
  }

  @Override
  public TraceOutcome fromQuery(Analyst who, String sql, String purpose) {
    GovernedQuery.Asked asked = query.asked(who, sql, purpose);
    return switch (gate.check(sql)) {
      case SqlGate.Verdict.Denied denied -> refuse(asked, denied.code(), denied.message());
      case SqlGate.Verdict.Allowed allowed ->
          Traceable.obstacle(allowed.statement())
              .map(need -> refuse(asked, "not-traceable", "an exact trace needs " + need))
              .orElseGet(() -> trace(asked, allowed.statement()));
    };
  }

  @Override
  public Optional<RecordStory> fromRow(Analyst who, int partition, long offset) {
    made(who, "record/" + partition + ":" + offset, Map.of("kind", "record"));
    return records.story(files.snapshot(who.tenant()), who, partition, offset);
  }

  @Override
  public List<ProvenRecord> records(Analyst who, List<OffsetRange> ranges, int recordsMax) {
    long wanted = ranges.stream().mapToLong(OffsetRange::size).sum();
    if (wanted > recordsMax) {
      throw new IllegalArgumentException(wanted + " records are more than " + recordsMax);
    }
    made(who, "records", Map.of("kind", "sealed", "records", Long.toString(wanted)));
    return records.sealed(files.snapshot(who.tenant()), who, ranges);
  }

  private TraceOutcome refuse(GovernedQuery.Asked asked, String code, String message) {
    QueryOutcome.Refused refused = query.refuse(asked, code, message);
    return new TraceOutcome.Refused(refused.code(), refused.message());
  }

  private TraceOutcome trace(GovernedQuery.Asked asked, JsonNode parsed) {
    String rowsSql = gate.render(Traceable.contributing(parsed, star));
    try {
      Optional<TraceReport> report =
          Traceable.table(parsed).equals(Tables.READINGS)
              ? ofReadings(asked, parsed, rowsSql)
              : ofMinutes(asked, parsed, rowsSql);
      if (report.isEmpty()) {
        return refuse(asked, "no-key", "some rows are under keys that you may not open now");
      }
      tell(asked, report.get());
      return new TraceOutcome.Traced(report.get());
    } catch (SQLException e) {
      String code = EngineMessages.interrupted(e) ? "timeout" : "failed";
      return refuse(asked, code, EngineMessages.forAnalyst(e));
    }
  }

  private Optional<TraceReport> ofReadings(
      GovernedQuery.Asked asked, JsonNode parsed, String rowsSql) throws SQLException {
    Snapshot snapshot = files.snapshot(asked.who().tenant());
    Expression filter = Pruning.filter(Traceable.select(parsed), Tables.READINGS);
    try (Sandbox sandbox = files.sandbox(LIMITS.memoryMegabytes())) {
      if (!add(sandbox, Tables.READINGS, snapshot, filter, asked)) {
        return Optional.empty();
      }
      query.started(asked, Set.of(Tables.READINGS));
      // One transaction: now() means the same in the answer and in the trace.
      Connection connection = transaction(sandbox.lock());
      QueryResult answer = answer(asked, connection, Tables.READINGS, sandbox.fileCount());
      Contributions found = Contributions.of(connection, rowsSql);
      return Optional.of(report(answer, Tables.READINGS, 0, found, true));
    }
  }

  private Optional<TraceReport> ofMinutes(
      GovernedQuery.Asked asked, JsonNode parsed, String rowsSql) throws SQLException {
    Snapshot snapshot = files.snapshot(asked.who().tenant());
    Expression filter = Pruning.filter(Traceable.select(parsed), Tables.MINUTES);
    QueryResult answer;
    List<MatchedMinute> matched;
    try (Sandbox sandbox = files.sandbox(LIMITS.memoryMegabytes())) {
      if (!add(sandbox, Tables.MINUTES, snapshot, filter, asked)) {
        return Optional.empty();
      }
      query.started(asked, Set.of(Tables.MINUTES, Tables.READINGS));
      Connection connection = transaction(sandbox.lock());
      answer = answer(asked, connection, Tables.MINUTES, sandbox.fileCount());
      try (Statement statement = statement(connection);
          ResultSet rows =
              statement.executeQuery(
                  "SELECT %s FROM (%s) LIMIT %d"
                      .formatted(MatchedMinute.COLUMNS, rowsSql, MINUTES_MAX + 1))) {
        matched = MatchedMinute.readAll(rows);
      }
    }
    if (matched.size() > MINUTES_MAX) {
      throw new SQLException("more than " + MINUTES_MAX + " minutes: narrow the WHERE clause");
    }
    return contributions(asked, snapshot, matched)
        .map(found -> report(answer, Tables.MINUTES, matched.size(), found, agree(matched, found)));
  }

  private Optional<Contributions> contributions(
      GovernedQuery.Asked asked, Snapshot snapshot, List<MatchedMinute> matched)
      throws SQLException {
    try (Sandbox sandbox = files.sandbox(LIMITS.memoryMegabytes())) {
      Contributions.stage(sandbox.session(), matched);
      if (!add(sandbox, Tables.READINGS, snapshot, span(matched), asked)) {
        return Optional.empty();
      }
      Connection connection = transaction(sandbox.lock());
      return Optional.of(Contributions.of(connection, Contributions.OF_MINUTES));
    }
  }

  private boolean add(
      Sandbox sandbox,
      String table,
      Snapshot snapshot,
      Expression filter,
      GovernedQuery.Asked asked) {
    return files.add(sandbox, table, snapshot.files(table, filter), asked.who().id());
  }

  private static Expression span(List<MatchedMinute> matched) {
    var span = matched.stream().mapToLong(MatchedMinute::minuteMicros).summaryStatistics();
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

  private QueryResult answer(
      GovernedQuery.Asked asked, Connection connection, String table, int filesRead)
      throws SQLException {
    try (Statement statement = statement(connection);
        ResultSet rows = statement.executeQuery(asked.sql())) {
      return new ResultReader(LIMITS).read(rows).result(asked.id(), List.of(table), filesRead);
    }
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

  private static Connection transaction(DuckSession session) throws SQLException {
    session.connection().setAutoCommit(false);
    return session.connection();
  }

  private static Statement statement(Connection connection) throws SQLException {
    Statement statement = connection.createStatement();
    statement.setQueryTimeout(TIMEOUT_SECONDS);
    return statement;
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

  static UnavailableException engine(SQLException e) {
    return new UnavailableException("reading records: " + EngineMessages.forAnalyst(e), e);
  }
}
