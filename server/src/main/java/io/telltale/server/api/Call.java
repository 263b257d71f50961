package io.telltale.server.api;

import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.DeviceId;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** An authorized request, and what its path's placeholders stand for. */
record Call(Caller caller, Request request, Map<String, String> placeholders) {
  String placeholder(String name) {
    String value = placeholders.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no placeholder " + name);
    }
    return value;
  }

  /** The device that the path names; empty when no device can be called so. */
  Optional<DeviceId> device() {
    String name = placeholder("id");
    return DeviceId.valid(name) ? Optional.of(caller.device(name)) : Optional.empty();
  }

  String query(String name) {
    return request.query().getOrDefault(name, "");
  }

  /** Reads the JSON body, answers with all its mistakes, or goes on when there are none. */
  Response withBody(BiFunction<Caller, JsonBody, Response> next) {
    return with(JsonBody.read(request), next);
  }

  /** As above, for a body with a whole document in it. */
  Response withLargeBody(BiFunction<Caller, JsonBody, Response> next) {
    return with(JsonBody.readLarge(request), next);
  }

  private Response with(JsonBody.Parsed reading, BiFunction<Caller, JsonBody, Response> next) {
    return switch (reading) {
      case JsonBody.Parsed.Refused refused -> refused.answer();
      case JsonBody.Parsed.Body body -> next.apply(caller, body.content());
    };
  }
}
