package io.telltale.registry;

import io.telltale.kernel.DeviceId;
import io.telltale.roster.AssetRecord;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What is to be changed about a device; what it does not name stays as it is.
 *
 * @param fields {@code type}, {@code environment}, {@code region}, {@code productLine}, {@code
 *     ownerTeam} or {@code site}, with their new values
 * @param labels to be set
 * @param withoutLabels to be removed
 * @param onlyAfter the revision that the asker has seen; another one in force refuses the change
 */
public record DeviceChange(
    DeviceId id,
    Map<String, String> fields,
    Map<String, String> labels,
    Set<String> withoutLabels,
    OptionalInt onlyAfter) {
  public static final Set<String> FIELDS =
      Set.of("type", "environment", "region", "productLine", "ownerTeam", "site");

  public DeviceChange {
    fields = Map.copyOf(fields);
    labels = Map.copyOf(labels);
    withoutLabels = Set.copyOf(withoutLabels);
    if (!FIELDS.containsAll(fields.keySet())) {
      throw new IllegalArgumentException("a device has the fields " + FIELDS);
    }
  }

  public AssetRecord applied(AssetRecord before) {
    var next = new HashMap<>(before.labels());
    next.keySet().removeAll(withoutLabels);
    next.putAll(labels);
    return new AssetRecord(
        fields.getOrDefault("environment", before.environment()),
        fields.getOrDefault("region", before.region()),
        fields.getOrDefault("productLine", before.productLine()),
        fields.getOrDefault("type", before.type()),
        fields.getOrDefault("ownerTeam", before.ownerTeam()),
        fields.getOrDefault("site", before.site()),
        next);
  }
}
