package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.lake.LakeMemory;
import io.telltale.lake.LakeQuery;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryOutcome;
import io.telltale.lake.TraceOutcome;
import io.telltale.roster.Role;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Questions of the data, and where its numbers come from (AU-3). */
final class QueryRoutes {
  private static final int SQL_MAX = 32 * 1024;
  private static final int PURPOSE_MAX = 256;
  private static final int ROWS_MAX = 100_000;
  private static final int SECONDS_MAX = 300;
  private static final Pattern ROW = Pattern.compile("([0-9]{1,5}):([0-9]{1,18})");
  private static final Set<Role> ANALYSTS = EnumSet.of(Role.ANALYST);
  private static final Set<Role> TRACERS = EnumSet.of(Role.ANALYST, Role.AUDITOR);

  private final ApiParts parts;
  // Each question may take its whole memory limit, so few run at a time.
  private final Semaphore running = new Semaphore(LakeMemory.QUESTIONS_MAX);

  QueryRoutes(ApiParts parts) {
    this.parts = parts;
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.post("/v1/query", ANALYSTS, call -> call.withBody(this::query)),
        Operation.post("/v1/trace", TRACERS, call -> call.withBody(this::trace)),
        Operation.post("/v1/proofs", TRACERS, call -> call.withBody(this::prove)));
  }

  private Response query(Caller caller, JsonBody body) {
    String sql = body.text("sql", SQL_MAX);
    String purpose = body.optionalText("purpose", PURPOSE_MAX);
    QueryLimits limits = limits(body);
    var asking = new LakeQuery.Asking(sql, purpose, asParquet(body));
    return whenValid(
        body,
        () ->
            switch (parts.query().run(caller.analyst(), asking, limits)) {
              case QueryOutcome.Answered answered ->
                  Answers.json(200, QueryJson.of(answered.result()));
              case QueryOutcome.Refused refused -> refused(refused.code(), refused.message());
            });
  }

  private static QueryLimits limits(JsonBody body) {
    QueryLimits standard = QueryLimits.DEFAULT;
    long rows = body.optionalWhole("limit", standard.rowsMax(), 1, ROWS_MAX);
    long seconds =
        body.optionalWhole("timeoutSeconds", standard.time().toSeconds(), 1, SECONDS_MAX);
    return standard.with(Math.toIntExact(rows), Duration.ofSeconds(seconds));
  }

  private static boolean asParquet(JsonBody body) {
    String format = body.optionalText("format", 16);
    if (!List.of("", "rows", "parquet").contains(format)) {
      body.mistake("format must be rows or parquet");
    }
    return format.equals("parquet");
  }

  private Response trace(Caller caller, JsonBody body) {
    if (body.has("row")) {
      Matcher row = ROW.matcher(body.text("row", 32));
      if (!row.matches()) {
        body.mistake("row must be PARTITION:OFFSET");
      }
      return whenValid(body, () -> traceRow(caller, row));
    }
    String sql = body.text("sql", SQL_MAX);
    String purpose = body.optionalText("purpose", PURPOSE_MAX);
    return whenValid(
        body,
        () ->
            switch (parts.trace().fromQuery(caller.analyst(), sql, purpose)) {
              case TraceOutcome.Traced traced -> Answers.json(200, QueryJson.of(traced.report()));
              case TraceOutcome.Refused refused -> refused(refused.code(), refused.message());
            });
  }

  private Response traceRow(Caller caller, Matcher row) {
    int partition = Integer.parseInt(row.group(1));
    long offset = Long.parseLong(row.group(2));
    LetterOperations letters = parts.letters();
    if (!letters.isWritten(partition, offset)) {
      return notWritten(partition, offset);
    }
    // In the order in which a record can be there: it may move on at any moment, and never back.
    if (letters.isAhead(partition, offset)) {
      return ahead(partition, offset);
    }
    return letters
        .waiting(caller.tenant(), partition, offset)
        .map(waiting -> aside(partition, offset, waiting))
        .or(() -> letters.at(caller.tenant(), partition, offset).map(QueryRoutes::dead))
        .or(
            () ->
                parts
                    .trace()
                    .fromRow(caller.analyst(), partition, offset)
                    .map(found -> Answers.json(200, QueryJson.of(found))))
        .orElseGet(() -> gone(partition, offset));
  }

  private static Response notWritten(int partition, long offset) {
    return Answers.error(
        404,
        "not-written",
        "no record %d:%d was ever acknowledged: its partition of the log does not reach that far"
            .formatted(partition, offset));
  }

  private static Response gone(int partition, long offset) {
    return Answers.error(
        404,
        "not-found",
        ("nothing of record %d:%d is in your lake or among your dead letters: it was a duplicate,"
                + " a statement of a door, another tenant's, or too old a dead letter")
            .formatted(partition, offset));
  }

  private static Response ahead(int partition, long offset) {
    return Answers.error(
        404,
        "on-its-way",
        ("the pipeline has not come to record %d:%d yet: it is on its way, and `./telltale status`"
                + " says how many wait")
            .formatted(partition, offset));
  }

  private static Response dead(LetterOperations.Letter letter) {
    return Answers.error(
        404,
        "dead-letter",
        ("record %s could not be processed (%s) and is dead letter %d:"
                + " `./telltale deadletter show %d`")
            .formatted(letter.record(), letter.reason(), letter.number(), letter.number()));
  }

  private static Response aside(int partition, long offset, LetterOperations.Waiting waiting) {
    return Answers.error(
        404,
        "set-aside",
        ("record %d:%d is set aside since %s, sealed: the key of its scope is closed; it is stored"
                + " when it opens (`./telltale key enable %s`), and a dead letter if it is"
                + " destroyed")
            .formatted(partition, offset, waiting.since(), waiting.scope().path()));
  }

  private Response prove(Caller caller, JsonBody body) {
    String sql = body.text("sql", SQL_MAX);
    String purpose = body.optionalText("purpose", PURPOSE_MAX);
    return whenValid(
        body,
        () ->
            switch (parts.proofs().prove(caller.analyst(), sql, purpose)) {
              case ProofExports.Outcome.Made made ->
                  Answers.raw(200, "application/json", made.file());
              case ProofExports.Outcome.Refused refused ->
                  refused(refused.code(), refused.message());
            });
  }

  private Response whenValid(JsonBody body, Supplier<Response> work) {
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    if (!running.tryAcquire()) {
      return Answers.error(503, "busy", "too many questions at once: try again");
    }
    try {
      return work.get();
    } finally {
      running.release();
    }
  }

  private static Response refused(String code, String message) {
    int status =
        switch (code) {
          case "no-key", "no-grant" -> 403;
          case "timeout" -> 504;
          default -> 422;
        };
    return Answers.error(status, code, message);
  }
}
