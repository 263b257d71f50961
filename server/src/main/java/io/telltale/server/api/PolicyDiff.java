package io.telltale.server.api;

import io.telltale.json.JsonObject;
import io.telltale.kernel.Bytes;
import io.telltale.roster.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a policy document changes: types are told apart by their names and rules by their content,
 * so that moving something in the file changes nothing but the order of rules, which has no effect.
 */
final class PolicyDiff {
  private static final int TEXT_MAX = 200;
  private final ArrayNode changes = Answers.object().putArray("changes");

  private PolicyDiff() {}

  /** Between two documents that have been found to be policies. */
  static ArrayNode of(Bytes before, Bytes after) {
    JsonNode old = Json.strict(before);
    JsonNode fresh = Json.strict(after);
    var diff = new PolicyDiff();
    diff.named("device type", old.path("deviceTypes"), fresh.path("deviceTypes"));
    diff.named("message type", old.path("messageTypes"), fresh.path("messageTypes"));
    diff.rules(old.path("rules"), fresh.path("rules"));
    for (String member : List.of("enrollment")) {
      diff.members(member, "", old.path(member), fresh.path(member));
    }
    return diff.changes;
  }

  private void named(String kind, JsonNode before, JsonNode after) {
    Map<String, JsonNode> old = byName(before);
    Map<String, JsonNode> fresh = byName(after);
    var names = new TreeSet<String>(old.keySet());
    names.addAll(fresh.keySet());
    for (String name : names) {
      JsonNode was = old.get(name);
      JsonNode is = fresh.get(name);
      if (was == null) {
        add("added", kind + " " + name, "");
      } else if (is == null) {
        add("removed", kind + " " + name, "");
      } else {
        members(kind + " " + name, "", was, is);
      }
    }
  }

  private static Map<String, JsonNode> byName(JsonNode array) {
    var byName = new LinkedHashMap<String, JsonNode>();
    array.forEach(element -> byName.put(element.path("name").asString(""), element));
    return byName;
  }

  private void members(String what, String pointer, JsonNode before, JsonNode after) {
    if (before.equals(after)) {
      return;
    }
    if (!before.isObject() || !after.isObject()) {
      add("changed", what, pointer).put("before", text(before)).put("after", text(after));
      return;
    }
    var names = new TreeSet<String>(before.propertyNames());
    names.addAll(after.propertyNames());
    for (String name : names) {
      members(what, JsonObject.step(pointer, name), before.path(name), after.path(name));
    }
  }

  private void rules(JsonNode before, JsonNode after) {
    var gone = new ArrayList<JsonNode>(before.values());
    var come = new ArrayList<JsonNode>();
    for (JsonNode rule : after) {
      if (!gone.remove(rule)) {
        come.add(rule);
      }
    }
    gone.forEach(rule -> add("removed", "rule", "").put("before", text(rule)));
    come.forEach(rule -> add("added", "rule", "").put("after", text(rule)));
  }

  private ObjectNode add(String change, String what, String pointer) {
    return changes.addObject().put("change", change).put("what", what).put("pointer", pointer);
  }

  private static String text(JsonNode node) {
    String text = node.isMissingNode() ? "" : node.toString();
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…";
  }
}
