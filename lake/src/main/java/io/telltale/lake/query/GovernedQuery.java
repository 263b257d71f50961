package io.telltale.lake.query;

import io.telltale.engine.QuestionFailed;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Hash;
import io.telltale.lake.Analyst;
import io.telltale.lake.LakeParts;
import io.telltale.lake.LakeQuery;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.lake.QueryResult;
import io.telltale.lake.table.Snapshot;
import io.telltale.lake.table.Tables;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.expressions.Expression;
import tools.jackson.databind.JsonNode;

/** Questions under rules: gate, record, sandbox, record. */
public final class GovernedQuery implements LakeQuery {
  /** Says nothing of which: that a scope exists is its tenant's business. */
  public static final String NO_KEY =
      "some rows are under a key that is disabled, or that you have no grant for: leave their scope"
          + " or device out of the question, or see `./telltale key list`";

  private static final int QUERY_ID_BYTES = 16;

  private final LakeParts parts;
  private final SqlGate gate;
  private final LakeFiles files;

  public GovernedQuery(LakeParts parts, SqlGate gate, LakeFiles files) {
    this.parts = parts;
    this.gate = gate;
    this.files = files;
  }

  /** A question that was asked, for the events that tell of it. */
  public record Asked(String id, Analyst who, String sql, String purpose) {}

  @Override
  public QueryOutcome run(Analyst who, Asking asking, QueryLimits limits) {
    Asked asked = asked(who, asking.sql(), asking.purpose());
    try (Question question = files.question(limits)) {
      String sql = Catalogue.question(asking.sql()).orElse(asking.sql());
      return switch (gate.check(sql, question)) {
        case SqlGate.Verdict.Denied denied -> refuse(asked, denied.code(), denied.message());
        case SqlGate.Verdict.Allowed allowed ->
            answer(asked, question, allowed, sql, asking.asParquet());
      };
    } catch (QuestionFailed e) {
      return refuse(asked, e.code(), e.reason());
    }
  }

  public Asked asked(Analyst who, String sql, String purpose) {
    return new Asked(parts.random(QUERY_ID_BYTES).hex(), who, sql, purpose);
  }

  public QueryOutcome.Refused refuse(Asked asked, String code, String message) {
    record("query.refused", asked, Map.of("code", code));
    return new QueryOutcome.Refused(asked.id(), code, message);
  }

  private QueryOutcome answer(
      Asked asked,
      Question question,
      SqlGate.Verdict.Allowed allowed,
      String statement,
      boolean asParquet)
      throws QuestionFailed {
    Set<String> tables = storedTables(allowed.tables());
    try (Snapshot snapshot = files.snapshot(asked.who().tenant())) {
      for (String table : tables) {
        Expression filter = filter(allowed.statement(), table);
        if (!files.add(question, table, snapshot.files(table, filter), asked.who().id())) {
          return refuse(asked, "no-key", NO_KEY);
        }
      }
    }
    // A file is made of a table, which needs the bare statement: no semicolon, no comment.
    String sql = asParquet ? question.render(allowed.statement().toString()) : statement;
    question.lock(asParquet);
    started(asked, tables);
    try {
      return answered(
          asked, question.answer(asked.id(), List.copyOf(tables), question.ask(sql, asParquet)));
    } catch (QuestionFailed e) {
      failed(asked, e);
      return new QueryOutcome.Refused(asked.id(), e.code(), e.reason());
    }
  }

  // The rows are complete before the first one leaves, so that a limit or a failure discloses
  // nothing that the ledger does not have.
  private QueryOutcome answered(Asked asked, QueryResult result) {
    finished(asked, result);
    return new QueryOutcome.Answered(result);
  }

  void failed(Asked asked, QuestionFailed e) {
    record("query.finished", asked, Map.of("outcome", e.code(), "rows", "0"));
  }

  public void started(Asked asked, Set<String> tables) {
    record("query.started", asked, Map.of("tables", String.join(",", tables)));
  }

  public void finished(Asked asked, QueryResult result) {
    record(
        "query.finished",
        asked,
        Map.of(
            "outcome", "answered",
            "rows", Integer.toString(result.rows().size()),
            "result", result.resultHash().hex(),
            "truncated", Boolean.toString(result.truncated()),
            "tables", String.join(",", result.tables()),
            "files", Integer.toString(result.filesRead())));
  }

  private void record(String type, Asked asked, Map<String, String> more) {
    var details = new TreeMap<>(more);
    details.put("query", asked.id());
    details.put("sqlHash", Hash.sha256(Bytes.utf8(asked.sql())).hex());
    if (!type.equals("query.finished")) {
      details.put("sql", shortened(asked.sql()));
      details.put("purpose", shortened(asked.purpose()));
    }
    parts
        .ledger()
        .record(
            new Event(
                type,
                parts.clock().instant(),
                asked.who().tenant(),
                asked.who().id().uri(),
                "query/" + asked.id(),
                details));
  }

  private static String shortened(String text) {
    int max = 4_096;
    return text.length() <= max ? text : text.substring(0, max) + "…";
  }

  static Set<String> storedTables(Set<String> names) {
    var tables = new java.util.TreeSet<String>();
    if (names.contains(Tables.READINGS)) {
      tables.add(Tables.READINGS);
    }
    if (names.contains(Tables.MINUTES) || names.contains(Tables.MINUTE_REVISIONS)) {
      tables.add(Tables.MINUTES);
    }
    return tables;
  }

  private static Expression filter(JsonNode parsed, String table) {
    return Pruning.filter(parsed.path("statements").path(0).path("node"), table);
  }
}
