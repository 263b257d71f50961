package io.telltale.server.api;

import io.telltale.kernel.DeviceId;
import io.telltale.registry.NewDevice;
import io.telltale.roster.AssetRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The columns of an import and what their cells mean. */
final class ImportColumns {
  static final String WANTED =
      "id, type, environment, region, productLine and optionally ownerTeam, site, labels"
          + " (key=value;key=value)";

  private static final List<String> REQUIRED =
      List.of("id", "type", "environment", "region", "productLine");
  private static final List<String> ALL =
      Stream.concat(REQUIRED.stream(), Stream.of("ownerTeam", "site", "labels")).toList();

  /** What its keys are by, each with an example. */
  private static final SortedMap<String, String> SCOPE =
      new TreeMap<>(Map.of("environment", "production", "region", "eu", "productLine", "line-a"));

  private static final int MISTAKES_MAX = 10;

  private static final int SHOWN_MAX = 64;

  private final List<String> names;

  /** What a row gives. */
  sealed interface Cells {
    record Device(NewDevice device) implements Cells {}

    /** {@code id} is as it stands in the row, shortened; empty where the row has none. */
    record Wrong(String id, String column, String why) implements Cells {}
  }

  ImportColumns(List<String> names) {
    this.names = names;
  }

  /** What is wrong with a header of these names, and which there are; empty for a good one. */
  static String mistake(List<String> names) {
    String only = names.size() == 1 ? names.getFirst() : "";
    boolean parted = only.contains(";") || only.contains("\t");
    if (!parted && names.stream().noneMatch(ImportColumns::isColumn)) {
      return "the first line must name the columns: " + WANTED;
    }
    List<String> mistakes =
        parted
            ? List.of(
                "is parted by %s, not by commas: save the file with commas"
                    .formatted(only.contains(";") ? "';'" : "tabs"))
            : mistakes(names);
    return mistakes.isEmpty()
        ? ""
        : "the header %s; the columns are: %s".formatted(String.join(", ", mistakes), WANTED);
  }

  /** Or is meant for one. */
  private static boolean isColumn(String name) {
    return ALL.contains(name) || !meant(name).isEmpty();
  }

  /** Each to follow "the header". */
  private static List<String> mistakes(List<String> names) {
    var mistakes = new ArrayList<String>();
    var seen = new HashSet<String>();
    for (String name : names) {
      if (!ALL.contains(name)) {
        mistakes.add("has an unknown '%s'%s".formatted(name, meant(name)));
      } else if (!seen.add(name)) {
        mistakes.add("has '%s' twice".formatted(name));
      }
    }
    REQUIRED.stream()
        .filter(name -> !seen.contains(name))
        .forEach(name -> mistakes.add("lacks '%s'".formatted(name)));
    return mistakes.stream().limit(MISTAKES_MAX).toList();
  }

  private static String meant(String name) {
    return ALL.stream()
        .filter(known -> known.equalsIgnoreCase(name.replaceAll("[\\s_-]", "")))
        .map(known -> " (%s?)".formatted(known))
        .findFirst()
        .orElse("");
  }

  Cells read(Caller caller, List<String> cells) {
    if (cells.size() != names.size()) {
      int at = names.indexOf("id");
      String id = at < cells.size() ? shown(cells.get(at)) : "";
      return new Cells.Wrong(
          id, "", "has %d cells where the header has %d".formatted(cells.size(), names.size()));
    }
    var values = new HashMap<String, String>();
    for (int i = 0; i < names.size(); i++) {
      values.put(names.get(i), cells.get(i));
    }
    String id = values.getOrDefault("id", "");
    if (!DeviceId.valid(id)) {
      return new Cells.Wrong(shown(id), "id", DeviceId.NAME_FORM);
    }
    for (Map.Entry<String, String> scope : SCOPE.entrySet()) {
      String value = values.getOrDefault(scope.getKey(), "");
      if (!DeviceId.valid(value)) {
        String empty = "is empty: it takes a name, such as " + scope.getValue();
        return new Cells.Wrong(id, scope.getKey(), value.isEmpty() ? empty : DeviceId.NAME_FORM);
      }
    }
    return labels(values.getOrDefault("labels", ""))
        .<Cells>map(labels -> new Cells.Device(device(caller, values, labels)))
        .orElseGet(
            () -> new Cells.Wrong(id, "labels", "must be key=value;key=value, each key once"));
  }

  private static String shown(String id) {
    return id.length() <= SHOWN_MAX ? id : id.substring(0, SHOWN_MAX) + "\u2026";
  }

  private static NewDevice device(
      Caller caller, Map<String, String> values, Map<String, String> labels) {
    var asset =
        new AssetRecord(
            values.getOrDefault("environment", ""),
            values.getOrDefault("region", ""),
            values.getOrDefault("productLine", ""),
            values.getOrDefault("type", ""),
            values.getOrDefault("ownerTeam", ""),
            values.getOrDefault("site", ""),
            labels);
    return new NewDevice(caller.device(values.getOrDefault("id", "")), asset);
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
