package io.telltale.lake.table;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** JSON as DuckDB's parser and our own columns use it. */
public final class Json {
  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  public static String object(Map<String, String> values) {
    return MAPPER.writeValueAsString(values);
  }

  public static JsonNode parse(String text) {
    return MAPPER.readTree(text);
  }
}
