package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The forms that every answer has. */
final class Answers {
  static final JsonMapper JSON = JsonMapper.builder().build();

  private Answers() {}

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  static Response json(int status, JsonNode body) {
    return raw(status, "application/json", Bytes.utf8(body.toString()));
  }

  static Response raw(int status, String type, Bytes body) {
    return raw(status, type, body, Map.of());
  }

  private static Response raw(int status, String type, Bytes body, Map<String, String> more) {
    var headers = new HashMap<>(more);
    headers.put("content-type", type);
    headers.put("cache-control", "no-store");
    headers.put("x-content-type-options", "nosniff");
    return new Response(status, headers, body);
  }

  static Response error(int status, String code, String message) {
    return error(status, code, message, more -> {});
  }

  /** {@code line} of the body is what is wrong, from 1. */
  static Response errorAt(long line, String code, String message) {
    return error(400, code, message, more -> more.withObject("/error").put("line", line));
  }

  /** With members beside the error, for programs. */
  static Response error(int status, String code, String message, Consumer<ObjectNode> more) {
    ObjectNode body = object();
    body.putObject("error").put("code", code).put("message", message);
    more.accept(body);
    Map<String, String> retry = status == 503 ? Map.of("retry-after", "1") : Map.of();
    return raw(status, "application/json", Bytes.utf8(body.toString()), retry);
  }

  static Response invalid(List<String> mistakes) {
    return error(400, "invalid", String.join("; ", mistakes));
  }

  static Response notFound(String what) {
    return error(404, "not-found", "there is no such " + what);
  }
}
