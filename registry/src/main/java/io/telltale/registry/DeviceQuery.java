package io.telltale.registry;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.roster.LifecycleState;
import java.util.Map;
import java.util.Set;

/**
 * Which devices to list, by name, page by page.
 *
 * @param after the last name of the page before; empty text for the first page
 * @param limit 1 to 1001: one more than is shown tells whether there is another page
 * @param states only these; empty for all
 * @param attributes only devices with these asset values: {@code environment}, {@code region},
 *     {@code productLine}, {@code type}, {@code ownerTeam}, {@code site} or {@code labels.<key>}
 */
public record DeviceQuery(
    TenantId tenant,
    String after,
    int limit,
    Set<LifecycleState> states,
    Map<String, String> attributes) {
  private static final int LIMIT_MAX = 1_001;
  private static final Set<String> ATTRIBUTES =
      Set.of("environment", "region", "productLine", "type", "ownerTeam", "site");

  public DeviceQuery {
    states = Set.copyOf(states);
    attributes = Map.copyOf(attributes);
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("a page has 1 to " + LIMIT_MAX + " entries");
    }
    for (String attribute : attributes.keySet()) {
      if (!validAttribute(attribute)) {
        throw new IllegalArgumentException("no such attribute");
      }
    }
  }

  /** Whether devices can be filtered by {@code attribute}. */
  public static boolean validAttribute(String attribute) {
    return ATTRIBUTES.contains(attribute)
        || (attribute.startsWith("labels.")
            && DeviceId.valid(attribute.substring("labels.".length())));
  }
}
