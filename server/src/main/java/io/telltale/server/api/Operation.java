package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.roster.Role;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What the API does at a route.
 *
 * @param roles any of these may call it
 * @param takes whether a query parameter of that name means something here: one that does not may
 *     be a filter that was misspelt, and the answer one to another question
 */
record Operation(Set<Role> roles, Predicate<String> takes, Function<Call, Response> action) {
  private static final Predicate<String> NONE = Set.of()::contains;

  Operation {
    roles = Set.copyOf(roles);
  }

  static Route<Operation> get(String path, Set<Role> roles, Function<Call, Response> action) {
    return get(path, roles, NONE, action);
  }

  /** A GET with query parameters. */
  static Route<Operation> get(
      String path, Set<Role> roles, Predicate<String> takes, Function<Call, Response> action) {
    return new Route<>("GET", path, 0, new Operation(roles, takes, action));
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
    return new Route<>("POST", path, bodyBytesMax, new Operation(roles, NONE, action));
  }
}
