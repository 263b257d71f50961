package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.roster.Role;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * What the API does at a route.
 *
 * @param roles any of these may call it
 */
record Operation(Set<Role> roles, Function<Call, Response> action) {
  Operation {
    roles = Set.copyOf(roles);
  }

  static Route<Operation> get(String path, Set<Role> roles, Function<Call, Response> action) {
    return new Route<>("GET", path, 0, new Operation(roles, action));
  }

  static Route<Operation> post(String path, Set<Role> roles, Function<Call, Response> action) {
    return post(path, roles, JsonBody.BYTES_MAX, action);
  }

  /** A POST whose JSON body may hold a whole document. */
  static Route<Operation> postLarge(
      String path, Set<Role> roles, BiFunction<Caller, JsonBody, Response> action) {
    return post(path, roles, JsonBody.LARGE_BYTES_MAX, call -> call.withLargeBody(action));
  }

  /** A POST whose body may have up to {@code bodyBytesMax}. */
  static Route<Operation> post(
      String path, Set<Role> roles, int bodyBytesMax, Function<Call, Response> action) {
    return new Route<>("POST", path, bodyBytesMax, new Operation(roles, action));
  }
}
