package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.roster.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One operation of the API.
 *
 * @param path literal segments and {@code {placeholder}} ones
 * @param roles any of these may call it
 * @param bodyBytesMax how large a request's body may be; the listener knows before it reads one
 */
record Route(
    String method,
    String path,
    Set<Role> roles,
    Function<Call, Response> action,
    int bodyBytesMax) {
  Route {
    roles = Set.copyOf(roles);
  }

  static Route get(String path, Set<Role> roles, Function<Call, Response> action) {
    return new Route("GET", path, roles, action, 0);
  }

  static Route post(String path, Set<Role> roles, Function<Call, Response> action) {
    return new Route("POST", path, roles, action, JsonBody.BYTES_MAX);
  }

  /** A POST whose JSON body may hold a whole document. */
  static Route postLarge(
      String path, Set<Role> roles, BiFunction<Caller, JsonBody, Response> action) {
    return new Route(
        "POST", path, roles, call -> call.withLargeBody(action), JsonBody.LARGE_BYTES_MAX);
  }

  /** This route for bodies of up to {@code bytesMax}. */
  Route withBodyBytesMax(int bytesMax) {
    return new Route(method, path, roles, action, bytesMax);
  }

  /** The placeholders' values when {@code path} is one of this route's. */
  Optional<Map<String, String>> match(List<String> segments) {
    String[] own = path.split("/", -1);
    if (own.length != segments.size()) {
      return Optional.empty();
    }
    var values = new HashMap<String, String>();
    for (int i = 0; i < own.length; i++) {
      String segment = segments.get(i);
      if (own[i].startsWith("{")) {
        values.put(own[i].substring(1, own[i].length() - 1), segment);
      } else if (!own[i].equals(segment)) {
        return Optional.empty();
      }
    }
    return Optional.of(values);
  }
}
