package io.telltale.server.api;

import io.telltale.roster.MessageType;
import io.telltale.roster.Policy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a policy without mistakes lets happen that is hardly meant. */
final class PolicyWarnings {
  private PolicyWarnings() {}

  /** By the place in the policy's document. */
  static Map<String, String> of(Policy policy) {
    var warnings = new LinkedHashMap<String, String>();
    for (int i = 0; i < policy.messageTypes().size(); i++) {
      MessageType type = policy.messageTypes().get(i);
      boolean ours = !type.fields().isEmpty() && type.mapping().isEmpty();
      if (ours && isOpen(JsonMapper.shared().readTree(type.schema()))) {
        warnings.put(
            "/messageTypes/%d/schema".formatted(i),
            "a mistyped metric is stored like any other: name the metrics in properties of values"
                + " and give values \"additionalProperties\": false");
      }
    }
    Set<String> listed =
        policy.deviceTypes().stream()
            .flatMap(type -> type.messageTypes().stream())
            .collect(Collectors.toSet());
    for (int i = 0; i < policy.messageTypes().size(); i++) {
      if (!listed.contains(policy.messageTypes().get(i).name())) {
        warnings.put(
            "/messageTypes/%d/name".formatted(i),
            "no device may send it: name it in the messageTypes of a device type");
      }
    }
    return warnings;
  }

  private static boolean isOpen(JsonNode schema) {
    JsonNode values = schema.path("properties").path("values");
    // What is put together from parts may be closed in any of them.
    if (schema.has("$ref") || schema.has("allOf") || values.has("$ref") || values.has("allOf")) {
      return false;
    }
    return !isClosed(values, "additionalProperties") && !isClosed(values, "unevaluatedProperties");
  }

  // A schema there bounds what others may be, and that they may be is then meant.
  private static boolean isClosed(JsonNode values, String word) {
    return values.has(word) && !(values.get(word).isBoolean() && values.get(word).asBoolean());
  }
}
