package io.telltale.roster;

import java.util.Map;

/** What the owner knows about a device (RG-1): added to each of its rows by the pipeline. */
public record AssetRecord(
    String environment,
    String region,
    String productLine,
    String type,
    String ownerTeam,
    String site,
    Map<String, String> labels) {
  public AssetRecord {
    labels = Map.copyOf(labels);
  }
}
