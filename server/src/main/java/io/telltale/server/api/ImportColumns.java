package io.telltale.server.api;

import io.telltale.kernel.DeviceId;
import io.telltale.registry.AssetRecord;
import io.telltale.registry.NewDevice;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The columns of an import and what their cells mean. */
final class ImportColumns {
  static final String WANTED =
      "the first row names the columns: id, type, environment, region, productLine and"
          + " optionally ownerTeam, site, labels (key=value;key=value)";

  private static final Set<String> REQUIRED =
      Set.of("id", "type", "environment", "region", "productLine");
  private static final Set<String> OPTIONAL = Set.of("ownerTeam", "site", "labels");

  private final List<String> names;

  /** What a row gives. */
  sealed interface Cells {
    record Device(NewDevice device) implements Cells {}

    /** {@code id} is empty where the row has none that is one. */
    record Wrong(String id, String column, String why) implements Cells {}
  }

  ImportColumns(List<String> names) {
    this.names = names;
  }

  static boolean fit(List<String> names) {
    return names.containsAll(REQUIRED)
        && Set.copyOf(names).size() == names.size()
        && names.stream().allMatch(name -> REQUIRED.contains(name) || OPTIONAL.contains(name));
  }

  Cells read(Caller caller, List<String> cells) {
    if (cells.size() != names.size()) {
      return new Cells.Wrong(
          "", "", "has %d cells where the header has %d".formatted(cells.size(), names.size()));
    }
    var values = new HashMap<String, String>();
    for (int i = 0; i < names.size(); i++) {
      values.put(names.get(i), cells.get(i));
    }
    String id = values.getOrDefault("id", "");
    if (!DeviceId.valid(id)) {
      return new Cells.Wrong("", "id", "must be 1 to 64 letters, digits, '.', '_' or '-'");
    }
    return labels(values.getOrDefault("labels", ""))
        .<Cells>map(labels -> new Cells.Device(device(caller, values, labels)))
        .orElseGet(
            () -> new Cells.Wrong(id, "labels", "must be key=value;key=value, each key once"));
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
