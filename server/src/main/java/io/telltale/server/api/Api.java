package io.telltale.server.api;

import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Head;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Counters;
import io.telltale.kernel.Resources;
import io.telltale.kernel.UnavailableException;
import io.telltale.roster.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * The REST API ({@code docs/api.md}). Nobody is served without a registered, active person's or
 * service's certificate and a role; at most {@value #CALLS_MAX} calls run at a time.
 */
public final class Api implements HttpExchange.Handler {
  private static final System.Logger LOG = System.getLogger(Api.class.getName());
  private static final int CALLS_MAX = 64;
  // Enough to be told that there is no such path.
  private static final int BODY_BYTES_ELSEWHERE = 8 * 1024;

  private final List<Route> routes;
  private final Gate gate;
  private final Counters counters;
  private final Semaphore slots = new Semaphore(CALLS_MAX);

  public Api(ApiParts parts) {
    this.gate = new Gate(parts.registry(), parts.clock());
    this.counters = parts.counters();
    var all = new ArrayList<Route>();
    all.add(Route.get("/v1/openapi.json", EnumSet.allOf(Role.class), call -> openApi()));
    all.addAll(new StatusRoutes(parts).routes());
    all.addAll(new DeviceRoutes(parts).routes());
    all.addAll(new TokenRoutes(parts).routes());
    all.addAll(new ImportRoute(parts).routes());
    all.addAll(new PolicyRoutes(parts).routes());
    all.addAll(new RehearsalRoute(parts).routes());
    all.addAll(new QueryRoutes(parts).routes());
    all.addAll(new LedgerRoutes(parts.ledger()).routes());
    all.addAll(new KeyRoutes(parts.keys()).routes());
    all.addAll(new LetterRoutes(parts.letters()).routes());
    this.routes = List.copyOf(all);
  }

  List<Route> routes() {
    return routes;
  }

  // Whoever gets as far as a head has shown a certificate that is registered here.
  @Override
  public int bodyBytesMax(Head head) {
    List<String> segments = List.of(head.path().split("/", -1));
    return routes.stream()
        .filter(route -> route.method().equals(head.method()) && route.match(segments).isPresent())
        .mapToInt(Route::bodyBytesMax)
        .findFirst()
        .orElse(BODY_BYTES_ELSEWHERE);
  }

  @Override
  public Response handle(Request request) {
    if (!slots.tryAcquire()) {
      counters.count("api.refused", "busy");
      return Answers.error(503, "busy", "too many calls at once: try again");
    }
    try {
      return serve(request);
    } catch (UnavailableException e) {
      counters.count("api.refused", "unavailable");
      LOG.log(System.Logger.Level.WARNING, "api.unavailable attempted={0}", e.getMessage());
      return Answers.error(503, "unavailable", "nothing was changed: try again later");
    } catch (CorruptException e) {
      counters.count("api.refused", "damaged");
      LOG.log(System.Logger.Level.ERROR, "api.damaged what={0}", e.getMessage());
      return Answers.error(
          503,
          "damaged",
          "something stored is damaged: the server's status and log say what to do");
    } catch (RuntimeException e) {
      counters.count("api.refused", "internal");
      LOG.log(System.Logger.Level.ERROR, "api.failed method=" + request.method(), e);
      return Answers.error(500, "internal", "this is a mistake of the server; its log says more");
    } finally {
      slots.release();
    }
  }

  // Who calls is settled before what is called: without a role nobody learns which paths exist.
  private Response serve(Request request) {
    Caller caller;
    switch (gate.identify(request)) {
      case Gate.Passage.Closed closed -> {
        return refuse(closed);
      }
      case Gate.Passage.Open open -> caller = open.caller();
    }
    Optional<Gate.Passage.Closed> noRole = Gate.authorize(caller, EnumSet.allOf(Role.class));
    if (noRole.isPresent()) {
      return refuse(noRole.get());
    }
    List<String> segments = List.of(request.path().split("/", -1));
    boolean pathKnown = false;
    for (Route route : routes) {
      Optional<Map<String, String>> match = route.match(segments);
      pathKnown |= match.isPresent();
      if (match.isPresent() && route.method().equals(request.method())) {
        return Gate.authorize(caller, route.roles())
            .map(this::refuse)
            .orElseGet(() -> run(route, new Call(caller, request, match.get())));
      }
    }
    counters.count("api.refused", pathKnown ? "method-not-allowed" : "not-found");
    return pathKnown
        ? Answers.error(405, "method-not-allowed", "see /v1/openapi.json for what this path takes")
        : Answers.error(404, "not-found", "see /v1/openapi.json for what there is");
  }

  private Response run(Route route, Call call) {
    Response answer = route.action().apply(call);
    counters.count("api.calls", answer.status() < 400 ? "done" : "refused");
    return answer;
  }

  private Response refuse(Gate.Passage.Closed closed) {
    counters.count("api.refused", closed.code());
    return closed.answer();
  }

  private static Response openApi() {
    return Answers.raw(200, "application/json", Resources.bytes(Api.class, "openapi.json"));
  }
}
