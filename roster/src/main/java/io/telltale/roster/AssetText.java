package io.telltale.roster;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** How an asset record is stored: JSON with its members in a fixed order. */
public final class AssetText {
  private AssetText() {}

  public static String of(AssetRecord asset) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("environment", asset.environment());
    node.put("region", asset.region());
    node.put("productLine", asset.productLine());
    node.put("type", asset.type());
    node.put("ownerTeam", asset.ownerTeam());
    node.put("site", asset.site());
    ObjectNode labels = node.putObject("labels");
    new TreeMap<>(asset.labels()).forEach(labels::put);
    return node.toString();
  }

  public static AssetRecord parse(String text) {
    JsonNode node = Json.MAPPER.readTree(text);
    var labels = new HashMap<String, String>();
    node.path("labels").properties().forEach(e -> labels.put(e.getKey(), e.getValue().asString()));
    return new AssetRecord(
        node.path("environment").asString(),
        node.path("region").asString(),
        node.path("productLine").asString(),
        node.path("type").asString(),
        node.path("ownerTeam").asString(),
        node.path("site").asString(),
        labels);
  }

  /** The same facts as event details. */
  public static Map<String, String> details(AssetRecord asset) {
    return Map.of(
        "environment", asset.environment(),
        "region", asset.region(),
        "productLine", asset.productLine(),
        "type", asset.type(),
        "ownerTeam", asset.ownerTeam(),
        "site", asset.site());
  }
}
