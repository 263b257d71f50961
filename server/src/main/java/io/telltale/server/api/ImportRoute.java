package io.telltale.server.api;

import io.telltale.device.CsvRows;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Bytes;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registration;
import io.telltale.registry.Registry;
import io.telltale.roster.Role;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registers many devices from CSV (RG-6, ID-3). Row by row: what fails is listed with its line and
 * column, in the order of the lines. What was there is unchanged, so the same file can be sent
 * again; only a row of a device that was changed meanwhile fails. A file of any size is sent in
 * parts, each with the header line.
 */
final class ImportRoute {
  private static final int BODY_MAX = 1 << 20;
  private static final int CHUNK = 500;
  private static final int ROWS_MAX = 10_000;

  private final Registry registry;

  ImportRoute(ApiParts parts) {
    this.registry = parts.registry();
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.post(
            "/v1/devices:import", EnumSet.of(Role.OPERATOR), BODY_MAX, this::importDevices));
  }

  private record Row(long line, NewDevice device) {}

  private record Failure(long line, String id, String column, String message) {}

  private Response importDevices(Call call) {
    String type = call.request().header("content-type").orElse("").split(";", 2)[0].trim();
    if (!type.equalsIgnoreCase("text/csv")) {
      return Answers.error(415, "unsupported-media-type", "send content-type text/csv");
    }
    Bytes body = call.request().body();
    if (body.size() > BODY_MAX) {
      return Answers.error(
          413,
          "too-large",
          "send at most %d bytes at a time, each with the header line".formatted(BODY_MAX));
    }
    CharBuffer text = CharBuffer.allocate(body.size());
    ByteBuffer bytes = ByteBuffer.wrap(body.borrow());
    if (StandardCharsets.UTF_8.newDecoder().decode(bytes, text, true).isError()) {
      long line = 1 + text.flip().chars().filter(one -> one == '\n').count();
      return Answers.error(
          400, "not-utf-8", "line %d is not in UTF-8: convert the file first".formatted(line));
    }
    try (CsvRows rows = CsvRows.of(new StringReader(withoutMark(text.flip().toString())), ',')) {
      return importRows(call.caller(), rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Spreadsheets write a byte order mark. */
  private static String withoutMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  private Response importRows(Caller caller, CsvRows rows) throws IOException {
    return switch (rows.next()) {
      case CsvRows.Next.End _ ->
          Answers.error(
              400, "bad-header", "there is no row; the columns are: " + ImportColumns.WANTED);
      case CsvRows.Next.Malformed(long line, String why) -> Answers.errorAt(line, "bad-csv", why);
      case CsvRows.Next.Row(long line, List<String> names) -> {
        String mistake = ImportColumns.mistake(names);
        yield mistake.isEmpty()
            ? importRows(caller, rows, new ImportColumns(names))
            : Answers.errorAt(line, "bad-header", mistake);
      }
    };
  }

  private Response importRows(Caller caller, CsvRows rows, ImportColumns columns)
      throws IOException {
    var devices = new ArrayList<Row>();
    var failures = new ArrayList<Failure>();
    for (CsvRows.Next next = rows.next(); !(next instanceof CsvRows.Next.End); next = rows.next()) {
      switch (next) {
        case CsvRows.Next.Malformed(long line, String why) -> {
          return Answers.errorAt(line, "bad-csv", why);
        }
        case CsvRows.Next.Row(long line, List<String> cells) -> {
          switch (columns.read(caller, cells)) {
            case ImportColumns.Cells.Device(NewDevice device) -> devices.add(new Row(line, device));
            case ImportColumns.Cells.Wrong(String id, String column, String why) ->
                failures.add(new Failure(line, id, column, why));
          }
        }
        case CsvRows.Next.End _ -> throw new IllegalStateException("the loop ends before");
      }
      if (devices.size() + failures.size() > ROWS_MAX) {
        return Answers.error(413, "too-many", "send at most %d rows at a time".formatted(ROWS_MAX));
      }
    }
    return register(caller, devices, failures);
  }

  private Response register(Caller caller, List<Row> rows, List<Failure> failures) {
    int registered = 0;
    int unchanged = 0;
    for (int from = 0; from < rows.size(); from += CHUNK) {
      List<Row> chunk = rows.subList(from, Math.min(from + CHUNK, rows.size()));
      List<Registration> results =
          registry.addDevices(chunk.stream().map(Row::device).toList(), caller.actor());
      for (int i = 0; i < chunk.size(); i++) {
        Row row = chunk.get(i);
        String id = row.device().id().name();
        switch (results.get(i)) {
          case Registration.Registered _ -> registered++;
          case Registration.Unchanged _ -> unchanged++;
          case Registration.Conflict conflict ->
              failures.add(new Failure(row.line(), id, "", DeviceJson.text(id, conflict)));
          case Registration.Invalid(List<String> mistakes) ->
              failures.add(new Failure(row.line(), id, "", String.join("; ", mistakes)));
        }
      }
    }
    failures.sort(Comparator.comparingLong(Failure::line));
    ObjectNode body =
        Answers.object()
            .put("registered", registered)
            .put("unchanged", unchanged)
            .put("failed", failures.size());
    ArrayNode array = body.putArray("failures");
    failures.forEach(
        failure ->
            array
                .addObject()
                .put("line", failure.line())
                .put("id", failure.id())
                .put("column", failure.column())
                .put("message", failure.message()));
    return Answers.json(200, body);
  }
}
