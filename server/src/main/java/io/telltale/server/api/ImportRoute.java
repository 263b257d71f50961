package io.telltale.server.api;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.HttpExchange.Response;
import io.telltale.registry.AssetRecord;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registration;
import io.telltale.registry.Registry;
import io.telltale.registry.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registers many devices from CSV (RG-6, ID-3). Row by row: what fails is listed, what was there is
 * unchanged, so the same file can be sent again.
 */
final class ImportRoute {
  private static final int BODY_MAX = 4 << 20;
  private static final int CHUNK = 500;
  private static final int FAILURES_MAX = 1_000;
  private static final Set<String> REQUIRED =
      Set.of("id", "type", "environment", "region", "productLine");
  private static final Set<String> OPTIONAL = Set.of("ownerTeam", "site", "labels");

  private final Registry registry;

  ImportRoute(ApiParts parts) {
    this.registry = parts.registry();
  }

  List<Route> routes() {
    return List.of(
        Route.post("/v1/devices:import", EnumSet.of(Role.OPERATOR), this::importDevices)
            .withBodyBytesMax(BODY_MAX));
  }

  private record Row(int line, NewDevice device) {}

  private record Failure(int line, String id, String message) {}

  private Response importDevices(Call call) {
    String type = call.request().header("content-type").orElse("").split(";", 2)[0].trim();
    if (!type.equalsIgnoreCase("text/csv")) {
      return Answers.error(415, "unsupported-media-type", "send content-type text/csv");
    }
    if (call.request().body().size() > BODY_MAX) {
      return Answers.error(413, "too-large", "send at most " + BODY_MAX + " bytes at a time");
    }
    return switch (Csv.read(call.request().body().asUtf8())) {
      case Csv.Reading.Malformed malformed ->
          Answers.error(400, "bad-csv", "row " + malformed.row() + ": " + malformed.why());
      case Csv.Reading.Rows rows -> importRows(call.caller(), rows.rows());
    };
  }

  private Response importRows(Caller caller, List<List<String>> rows) {
    List<String> header = rows.isEmpty() ? List.of() : rows.getFirst();
    if (!header.containsAll(REQUIRED)
        || Set.copyOf(header).size() != header.size()
        || !header.stream().allMatch(name -> REQUIRED.contains(name) || OPTIONAL.contains(name))) {
      return Answers.error(
          400,
          "bad-header",
          "the first row names the columns: id, type, environment, region, productLine and"
              + " optionally ownerTeam, site, labels (key=value;key=value)");
    }
    var devices = new ArrayList<Row>();
    var failures = new ArrayList<Failure>();
    for (int i = 1; i < rows.size(); i++) {
      int line = i + 1;
      List<String> fields = rows.get(i);
      if (fields.equals(List.of(""))) {
        continue;
      }
      if (fields.size() != header.size()) {
        failures.add(new Failure(line, "", "has " + fields.size() + " fields"));
        continue;
      }
      device(caller, header, fields)
          .ifPresentOrElse(
              device -> devices.add(new Row(line, device)),
              () -> failures.add(new Failure(line, "", "the id or the labels are malformed")));
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
          case Registration.Registered added -> registered++;
          case Registration.Unchanged same -> unchanged++;
          case Registration.Conflict conflict ->
              failures.add(new Failure(row.line(), id, "exists with other properties"));
          case Registration.Invalid invalid ->
              failures.add(new Failure(row.line(), id, String.join("; ", invalid.mistakes())));
        }
      }
    }
    ObjectNode body =
        Answers.object()
            .put("registered", registered)
            .put("unchanged", unchanged)
            .put("failed", failures.size());
    ArrayNode array = body.putArray("failures");
    failures.stream()
        .limit(FAILURES_MAX)
        .forEach(
            failure ->
                array
                    .addObject()
                    .put("row", failure.line())
                    .put("id", failure.id())
                    .put("message", failure.message()));
    return Answers.json(200, body);
  }

  private static Optional<NewDevice> device(
      Caller caller, List<String> header, List<String> fields) {
    var values = new HashMap<String, String>();
    for (int i = 0; i < header.size(); i++) {
      values.put(header.get(i), fields.get(i));
    }
    String id = values.getOrDefault("id", "");
    Optional<Map<String, String>> labels = labels(values.getOrDefault("labels", ""));
    if (!DeviceId.valid(id) || labels.isEmpty()) {
      return Optional.empty();
    }
    var asset =
        new AssetRecord(
            values.getOrDefault("environment", ""),
            values.getOrDefault("region", ""),
            values.getOrDefault("productLine", ""),
            values.getOrDefault("type", ""),
            values.getOrDefault("ownerTeam", ""),
            values.getOrDefault("site", ""),
            labels.get());
    return Optional.of(new NewDevice(caller.device(id), asset));
  }

  private static Optional<Map<String, String>> labels(String text) {
    var labels = new HashMap<String, String>();
    if (text.isEmpty()) {
      return Optional.of(labels);
    }
    for (String pair : text.split(";", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 1 || labels.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
        return Optional.empty();
      }
    }
    return Optional.of(labels);
  }
}
