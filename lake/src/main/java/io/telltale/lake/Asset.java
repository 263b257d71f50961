package io.telltale.lake;

import java.util.Map;

/**
 * What the registry knew about a device when its reading was stored; what it does not know is
 * empty. Labels are the owner's words and lie apart: one that is called like a column never stands
 * in its place.
 */
public record Asset(
    String environment,
    String region,
    String productLine,
    String site,
    String deviceType,
    String ownerTeam,
    String provisioning,
    Map<String, String> labels) {
  public Asset {
    labels = Map.copyOf(labels);
  }
}
