package io.telltale.message;

import io.telltale.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * What a schema costs before it is used: each check counted once for each way that leads to it, so
 * that references cannot multiply. References stay inside {@code #/$defs/} and never go in circles.
 */
final class SchemaBounds {
  private static final int CHECKS_MAX = 10_000;
  private static final int DEPTH_MAX = 64;
  private static final String DEFS = "#/$defs/";
  private static final Set<String> ONE =
      Set.of(
          "additionalProperties",
          "unevaluatedProperties",
          "propertyNames",
          "items",
          "contains",
          "unevaluatedItems",
          "not",
          "if",
          "then",
          "else");
  private static final Set<String> LISTS = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
  private static final Set<String> NAMED =
      Set.of("properties", "patternProperties", "dependentSchemas");
  private static final Set<String> PLAIN =
      Set.of(
          ("$schema $comment $defs $ref title description default deprecated examples readOnly"
                  + " writeOnly type enum const multipleOf maximum exclusiveMaximum minimum"
                  + " exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems"
                  + " maxContains minContains maxProperties minProperties required"
                  + " dependentRequired format contentEncoding contentMediaType")
              .split(" "));

  private final JsonNode root;
  private final List<Flaw> flaws = new ArrayList<>();
  private final Map<String, Long> known = new HashMap<>();
  private final Set<String> open = new HashSet<>();

  SchemaBounds(JsonNode root) {
    this.root = root;
  }

  List<Flaw> flaws() {
    for (String name : root.path("$defs").propertyNames()) {
      definition(name, "/$defs", 1);
    }
    if (checks(root, "", 0) > CHECKS_MAX) {
      flaws.add(new Flaw("", "unfolds to more than " + CHECKS_MAX + " checks"));
    }
    return flaws;
  }

  private long checks(JsonNode schema, String pointer, int depth) {
    if (depth > DEPTH_MAX) {
      flaws.add(new Flaw(pointer, "is nested more than " + DEPTH_MAX + " deep"));
      return CHECKS_MAX;
    }
    long checks = 1;
    for (Map.Entry<String, JsonNode> member : schema.properties()) {
      checks = Math.min(Integer.MAX_VALUE, checks + keyword(member, pointer, depth));
    }
    return checks;
  }

  private long keyword(Map.Entry<String, JsonNode> member, String pointer, int depth) {
    String name = member.getKey();
    JsonNode value = member.getValue();
    String place = JsonObject.step(pointer, name);
    if (ONE.contains(name)) {
      return checks(value, place, depth + 1);
    }
    long checks = 1;
    if (LISTS.contains(name)) {
      int index = 0;
      for (JsonNode element : value) {
        checks += checks(element, place + "/" + index++, depth + 1);
      }
    } else if (NAMED.contains(name)) {
      for (Map.Entry<String, JsonNode> named : value.properties()) {
        String below = JsonObject.step(place, named.getKey());
        if (name.equals("patternProperties")) {
          expression(named.getKey(), below);
        }
        checks += checks(named.getValue(), below, depth + 1);
      }
    } else if (name.equals("$ref")) {
      checks += reference(value.asString(""), place, depth);
    } else if (name.equals("pattern")) {
      expression(value.asString(""), place);
    } else if (name.equals("$schema")) {
      dialect(value.asString(""), place);
    } else if (!PLAIN.contains(name) && !name.startsWith("x-")) {
      flaws.add(new Flaw(place, "is no keyword that is known here"));
    }
    return checks;
  }

  private void expression(String pattern, String place) {
    Regex.flaw(pattern).ifPresent(what -> flaws.add(new Flaw(place, what)));
  }

  private void dialect(String name, String place) {
    if (!name.equals("https://json-schema.org/draft/2020-12/schema")) {
      flaws.add(new Flaw(place, "must be https://json-schema.org/draft/2020-12/schema"));
    }
  }

  private long reference(String to, String place, int depth) {
    String name = to.startsWith(DEFS) ? to.substring(DEFS.length()) : "";
    if (name.isEmpty() || name.contains("/") || !root.path("$defs").has(name)) {
      flaws.add(new Flaw(place, "must be " + DEFS + "<name of a definition>"));
      return 0;
    }
    return definition(name, place, depth);
  }

  private long definition(String name, String place, int depth) {
    Long before = known.get(name);
    if (before != null) {
      return before;
    }
    if (!open.add(name)) {
      flaws.add(new Flaw(place, "goes round in a circle"));
      return 0;
    }
    long checks = checks(root.path("$defs").path(name), "/$defs/" + name, depth + 1);
    open.remove(name);
    known.put(name, checks);
    return checks;
  }
}
