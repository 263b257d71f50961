package io.telltale.server.api;

import io.telltale.http.HttpExchange;
import io.telltale.http.HttpExchange.Head;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.http.Router;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Counters;
import io.telltale.kernel.InDoubtException;
import io.telltale.kernel.Inert;
import io.telltale.kernel.Resources;
import io.telltale.kernel.UnavailableException;
import io.telltale.roster.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * The REST API ({@code docs/api.md}). Nobody is served without a registered, active person's or
 * service's certificate and a role; at most {@value #CALLS_MAX} calls run at a time.
 */
public final class Api implements HttpExchange.Handler {
  private static final System.Logger LOG = System.getLogger(Api.class.getName());
  private static final int CALLS_MAX = 64;

  /** What stands for bytes that are not UTF-8. */
  private static final char UNDECODED = '\uFFFD';

  private final Router<Operation> router;
  private final Gate gate;
  private final Counters counters;
  private final Semaphore slots = new Semaphore(CALLS_MAX);

  public Api(ApiParts parts) {
    this.gate = new Gate(parts.registry(), parts.clock());
    this.counters = parts.counters();
    var all = new ArrayList<Route<Operation>>();
    all.add(Operation.get("/v1/openapi.json", EnumSet.allOf(Role.class), call -> openApi()));
    all.addAll(new StatusRoutes(parts).routes());
    all.addAll(new DeviceRoutes(parts).routes());
    all.addAll(new TokenRoutes(parts).routes());
    all.addAll(new RekeyRoutes(parts.registry().rekeys()).routes());
    all.addAll(new ImportRoute(parts).routes());
    all.addAll(new PolicyRoutes(parts).routes());
    all.addAll(new RehearsalRoute(parts).routes());
    all.addAll(new QueryRoutes(parts).routes());
    all.addAll(new LedgerRoutes(parts).routes());
    all.addAll(new KeyRoutes(parts.keys()).routes());
    all.addAll(new CertificateRoutes(parts).routes());
    all.addAll(new RenewalRoutes(parts).routes());
    all.addAll(new AuthorityRoutes(parts.authorities()).routes());
    all.addAll(new LetterRoutes(parts.letters()).routes());
    this.router = new Router<>(all);
  }

  List<Route<Operation>> routes() {
    return router.routes();
  }

  // Whoever gets as far as a head has shown a certificate that is registered here.
  @Override
  public int bodyBytesMax(Head head) {
    return router.bodyBytesMax(head);
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
      return unavailable(e, "something that the server stands on does not answer");
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
    return switch (router.match(request.method(), request.path())) {
      case Router.Match.Found<Operation>(var operation, var placeholders) ->
          Gate.authorize(caller, operation.roles())
              .map(this::refuse)
              .or(() -> misread(operation, request))
              .orElseGet(() -> run(operation, new Call(caller, request, placeholders)));
      case Router.Match.OtherMethod<Operation>() ->
          refuse(405, "method-not-allowed", "see /v1/openapi.json for what this path takes");
      case Router.Match.NoPath<Operation>() ->
          refuse(404, "not-found", "see /v1/openapi.json for what there is");
    };
  }

  private Optional<Response> misread(Operation operation, Request request) {
    return request.query().entrySet().stream()
        .flatMap(one -> why(operation, one.getKey(), one.getValue()).stream())
        .findFirst()
        .map(why -> refuse(400, "bad-query", why));
  }

  private static Optional<String> why(Operation operation, String name, String value) {
    if (isUnreadable(name) || isUnreadable(value)) {
      return Optional.of(
          "the parameter %s has a control character, or is not UTF-8".formatted(Inert.text(name)));
    }
    if (!operation.takes().test(name)) {
      return Optional.of(
          "there is no parameter %s here: see /v1/openapi.json for what this path takes"
              .formatted(Inert.text(name)));
    }
    // Whoever asks page by page begins behind nothing.
    return value.isEmpty() && !name.equals("after")
        ? Optional.of("the parameter %s is empty: leave it out, or give it a value".formatted(name))
        : Optional.empty();
  }

  // Nothing that is looked for has any in it, and not each store lets it be looked for.
  private static boolean isUnreadable(String text) {
    return text.chars().anyMatch(one -> Character.isISOControl(one) || one == UNDECODED);
  }

  private Response run(Operation operation, Call call) {
    Response answer;
    try {
      answer = operation.action().apply(call);
    } catch (UnavailableException e) {
      return unavailable(e, call.caller().told(e));
    }
    counters.count("api.calls", answer.status() < 400 ? "done" : "refused");
    return answer;
  }

  private Response unavailable(UnavailableException e, String told) {
    counters.count("api.refused", "unavailable");
    LOG.log(System.Logger.Level.WARNING, "api.unavailable attempted={0}", e.getMessage());
    if (e instanceof InDoubtException) {
      return Answers.error(
          504,
          InDoubtException.CODE,
          told + ": whether it was done cannot be told yet, look before you ask for it again");
    }
    return Answers.error(503, "unavailable", told + ": try again later (see status and log)");
  }

  private Response refuse(Gate.Passage.Closed closed) {
    return refuse(closed.status(), closed.code(), closed.message());
  }

  private Response refuse(int status, String code, String message) {
    counters.count("api.refused", code);
    return Answers.error(status, code, message);
  }

  private static Response openApi() {
    return Answers.raw(200, "application/json", Resources.bytes(Api.class, "openapi.json"));
  }
}
