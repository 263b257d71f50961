package io.telltale.cli.device;

import io.telltale.cli.api.Answer;
import io.telltale.cli.api.Connection;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counted;
import io.telltale.kernel.InDoubtException;
import io.telltale.kernel.Inert;
import io.telltale.verifier.Unreadable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Sends a file of devices part by part, in flat memory, and says what became of each row. */
final class DeviceImport {
  private static final int FAILURES_KEPT_MAX = 10_000;
  private static final int PROGRESS_ROWS = 10_000;
  private static final int BUSY = 503;
  private static final int TRIES = 5;

  private final Path file;
  private final long fromLine;
  private final PrintWriter err;
  private final Optional<TokenFiles> tokens;
  private final ArrayNode failures = JsonMapper.shared().createArrayNode();
  private long rows;
  private long registered;
  private long unchanged;
  private long failed;
  private long lastLine;
  private boolean isAnySent;

  /** With {@code tokens}, also a token file for each row that is registered. */
  DeviceImport(Path file, long fromLine, PrintWriter err, Optional<TokenFiles> tokens) {
    this.tokens = tokens;
    this.file = file;
    this.fromLine = fromLine;
    this.err = err;
  }

  /** The sum of all answers; a refusal names the line from which nothing was registered. */
  Answer run(Connection connection) {
    try (var parts = new CsvParts(Files.newInputStream(file))) {
      for (Optional<CsvParts.Part> part = parts.next(); part.isPresent(); part = parts.next()) {
        lastLine = part.get().firstLine() + Math.max(0, part.get().rows() - 1);
        if (part.get().rows() > 0 && lastLine < fromLine) {
          continue;
        }
        isAnySent = true;
        Answer answer = send(connection, part.get());
        if (!(answer instanceof Answer.Ok ok)) {
          return answer;
        }
        add(ok.json(), part.get());
        Optional<Answer> untold = tokens(connection, ok.json(), part.get());
        if (untold.isPresent()) {
          return untold.get();
        }
      }
    } catch (CsvParts.NoEnd e) {
      return stopped(e.refused());
    } catch (IOException e) {
      return new Answer.Refused(0, "unreadable", Unreadable.why(file, e));
    }
    if (!isAnySent) {
      return new Answer.Refused(
          400,
          "invalid",
          "--from-line %d is behind the last row, line %d".formatted(fromLine, lastLine));
    }
    return new Answer.Ok(Bytes.utf8(sum().toString()));
  }

  // Not for rows that failed: a device of that name may be there with other properties.
  private Optional<Answer> tokens(Connection connection, JsonNode answer, CsvParts.Part part) {
    if (tokens.isEmpty()) {
      return Optional.empty();
    }
    var failedIds = new HashSet<String>();
    answer.path("failures").forEach(one -> failedIds.add(one.path("id").asString("")));
    return tokens
        .get()
        .make(
            connection,
            CsvIds.of(part).stream()
                .filter(id -> !id.name().isEmpty() && !failedIds.contains(id.name()))
                .toList());
  }

  private Answer send(Connection connection, CsvParts.Part part) {
    Optional<Long> foreign = lineNotUtf8(part);
    if (foreign.isPresent()) {
      return stopped(
          new Answer.Refused(
              400,
              "not-utf-8",
              "line %d is not in UTF-8: convert the file first, as iconv -f ISO-8859-1 does"
                  .formatted(foreign.get())));
    }
    Answer answer = connection.post("/v1/devices:import", "text/csv", part.text());
    for (int i = 1; i < TRIES && isBusy(answer); i++) {
      answer = connection.post("/v1/devices:import", "text/csv", part.text());
    }
    return switch (answer) {
      case Answer.Ok ok -> ok;
      case Answer.Refused(int status, String code, String message, long line) ->
          stopped(
              line > 0
                  ? new Answer.Refused(status, code, message, part.lineOf(line))
                  : new Answer.Refused(status, code, where(part) + message));
      case Answer.Unreachable(String why) -> new Answer.Unreachable(where(part) + why);
    };
  }

  private static boolean isBusy(Answer answer) {
    return answer instanceof Answer.Refused refused
        && (refused.status() == BUSY || refused.code().equals(InDoubtException.CODE));
  }

  private static String where(CsvParts.Part part) {
    return "in the rows from line %d on: ".formatted(part.firstLine());
  }

  private Answer stopped(Answer.Refused refused) {
    if (rows > 0) {
      err.println(
          progress()
              + "; the same file can be sent again: what is there stays as it is, and a row whose"
              + " device was changed since fails");
    }
    return refused;
  }

  private static Optional<Long> lineNotUtf8(CsvParts.Part part) {
    CharBuffer text = CharBuffer.allocate(part.text().size());
    ByteBuffer bytes = ByteBuffer.wrap(part.text().borrow());
    if (!StandardCharsets.UTF_8.newDecoder().decode(bytes, text, true).isError()) {
      return Optional.empty();
    }
    return Optional.of(part.lineOf(1 + text.flip().chars().filter(one -> one == '\n').count()));
  }

  private void add(JsonNode answer, CsvParts.Part part) {
    long before = rows;
    rows += part.rows();
    registered += answer.path("registered").asLong();
    unchanged += answer.path("unchanged").asLong();
    failed += answer.path("failed").asLong();
    for (JsonNode failure : answer.path("failures")) {
      fail((ObjectNode) failure, part);
    }
    if (before / PROGRESS_ROWS < rows / PROGRESS_ROWS) {
      err.println(progress());
      err.flush();
    }
  }

  private void fail(ObjectNode failure, CsvParts.Part part) {
    failure.put("line", part.lineOf(failure.path("line").asLong()));
    String id = failure.path("id").asString("");
    String column = failure.path("column").asString("");
    err.println(
        Inert.text(
            "line %d%s%s: %s"
                .formatted(
                    failure.path("line").asLong(),
                    id.isEmpty() ? "" : ", " + id,
                    column.isEmpty() ? "" : ", column " + column,
                    failure.path("message").asString(""))));
    if (failures.size() < FAILURES_KEPT_MAX) {
      failures.add(failure);
    }
  }

  private String progress() {
    return "%s: %,d registered, %,d unchanged, %,d failed"
        .formatted(Counted.of(rows, "row"), registered, unchanged, failed);
  }

  private ObjectNode sum() {
    ObjectNode sum =
        JsonMapper.shared()
            .createObjectNode()
            .put("rows", rows)
            .put("registered", registered)
            .put("unchanged", unchanged)
            .put("failed", failed);
    sum.set("failures", failures);
    return sum;
  }

  long failed() {
    return failed;
  }

  /** The end, for a person. */
  String summary() {
    return progress();
  }
}
