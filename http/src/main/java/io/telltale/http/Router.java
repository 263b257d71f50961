package io.telltale.http;

import io.telltale.http.HttpExchange.Head;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which of a listener's routes a request is for: the first that fits. */
public final class Router<A> {
  /** What a body may have where there is no route: enough to be told so. */
  static final int BODY_BYTES_ELSEWHERE = 8 * 1024;

  private final List<Route<A>> routes;

  /** Where a request goes. */
  public sealed interface Match<A> {
    /** Here, and this is what the path's placeholders stand for. */
    record Found<A>(A action, Map<String, String> placeholders) implements Match<A> {
      public Found {
        placeholders = Map.copyOf(placeholders);
      }
    }

    /** Nowhere, though its path takes other methods. */
    record OtherMethod<A>() implements Match<A> {}

    /** Nowhere. */
    record NoPath<A>() implements Match<A> {}
  }

  public Router(List<Route<A>> routes) {
    this.routes = List.copyOf(routes);
    var taken = new HashSet<String>();
    for (Route<A> route : routes) {
      if (!taken.add(route.method() + " " + route.path())) {
        throw new IllegalStateException(
            "two routes for %s %s".formatted(route.method(), route.path()));
      }
    }
  }

  public List<Route<A>> routes() {
    return routes;
  }

  public Match<A> match(String method, String path) {
    List<String> segments = segments(path);
    boolean pathKnown = false;
    for (Route<A> route : routes) {
      Optional<Map<String, String>> placeholders = route.match(segments);
      pathKnown |= placeholders.isPresent();
      if (placeholders.isPresent() && route.method().equals(method)) {
        return new Match.Found<>(route.action(), placeholders.get());
      }
    }
    return pathKnown ? new Match.OtherMethod<>() : new Match.NoPath<>();
  }

  /** What {@link HttpExchange.Handler#bodyBytesMax} of a handler with these routes answers. */
  public int bodyBytesMax(Head head) {
    List<String> segments = segments(head.path());
    return routes.stream()
        .filter(route -> route.method().equals(head.method()) && route.match(segments).isPresent())
        .mapToInt(Route::bodyBytesMax)
        .findFirst()
        .orElse(BODY_BYTES_ELSEWHERE);
  }

  private static List<String> segments(String path) {
    return List.of(path.split("/", -1));
  }
}
