package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.registry.Act;
import io.telltale.roster.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The roots and the issuing CAs. */
final class AuthorityRoutes {
  private static final Set<Role> READERS = EnumSet.of(Role.OPERATOR, Role.AUDITOR);
  private static final Set<Role> WRITERS = EnumSet.of(Role.OPERATOR);

  private static final int PEM_CHARS_MAX = 8 * 1024;
  private static final int ENVIRONMENT_CHARS_MAX = 64;
  private static final int ANSWER_CHARS_MAX = 256 * 1024;

  private final AuthorityOperations authorities;

  AuthorityRoutes(AuthorityOperations authorities) {
    this.authorities = authorities;
  }

  List<Route<Operation>> routes() {
    var routes = new ArrayList<Route<Operation>>();
    routes.add(Operation.get("/v1/authorities", READERS, _ -> list()));
    routes.add(Operation.post("/v1/authorities", WRITERS, call -> call.withBody(this::prepare)));
    routes.add(
        Operation.post("/v1/authorities/request", WRITERS, call -> call.withBody(this::request)));
    routes.add(Operation.postLarge("/v1/authorities/install", WRITERS, this::install));
    for (AuthorityOperations.Verb verb : AuthorityOperations.Verb.values()) {
      String path = "/v1/authorities/{id}/" + verb.name().toLowerCase(Locale.ROOT);
      routes.add(
          Operation.post(
              path,
              WRITERS,
              call ->
                  call.withBody(
                      (caller, body) -> change(verb, call.placeholder("id"), caller, body))));
    }
    return routes;
  }

  private Response list() {
    ObjectNode body = Answers.object();
    ArrayNode array = body.putArray("authorities");
    authorities.list().forEach(one -> array.add(json(one)));
    return Answers.json(200, body);
  }

  private Response prepare(Caller caller, JsonBody body) {
    String kind = body.text("kind", 16);
    if (!kind.isEmpty() && !kind.equals("issuing") && !kind.equals("root")) {
      body.mistake("kind must be issuing or root");
    }
    String environment = body.optionalText("environment", ENVIRONMENT_CHARS_MAX);
    String reason = reason(body);
    Optional<Response> problem = body.problem();
    return problem.orElseGet(
        () ->
            answer(authorities.prepare(kind.equals("root"), environment, because(caller, reason))));
  }

  private Response request(Caller caller, JsonBody body) {
    String what = body.text("for", 16);
    if (!what.isEmpty() && !what.equals("next") && !what.equals("extension")) {
      body.mistake("for must be next or extension");
    }
    String root = body.optionalText("root", PEM_CHARS_MAX);
    String environment = body.optionalText("environment", ENVIRONMENT_CHARS_MAX);
    Optional<Response> problem = body.problem();
    if (problem.isPresent()) {
      return problem.get();
    }
    var wanted = new AuthorityOperations.Wanted(what.equals("extension"), root, environment);
    return switch (authorities.request(wanted, caller.identity().id())) {
      case AuthorityOperations.Asked.Request(String file) ->
          Answers.json(200, Answers.object().put("request", file));
      case AuthorityOperations.Asked.Refused(String message) ->
          Answers.error(409, "refused", message);
    };
  }

  private Response install(Caller caller, JsonBody body) {
    String answer = body.text("answer", ANSWER_CHARS_MAX);
    String reason = reason(body);
    Optional<Response> problem = body.problem();
    return problem.orElseGet(() -> answer(authorities.install(answer, because(caller, reason))));
  }

  private Response change(AuthorityOperations.Verb verb, String id, Caller caller, JsonBody body) {
    String reason = reason(body);
    Optional<Response> problem = body.problem();
    return problem.orElseGet(() -> answer(authorities.change(verb, id, because(caller, reason))));
  }

  private static String reason(JsonBody body) {
    String reason = body.text("reason", 256);
    if (!reason.isEmpty() && !Act.validReason(reason)) {
      body.mistake("reason must be 1 to 256 printable characters");
    }
    return reason;
  }

  private static AuthorityOperations.Because because(Caller caller, String reason) {
    return new AuthorityOperations.Because(caller.identity().id(), reason);
  }

  private static Response answer(AuthorityOperations.Outcome outcome) {
    return switch (outcome) {
      case AuthorityOperations.Outcome.Done(var authority, long revoked, var unlistedAt) -> {
        ObjectNode node = json(authority).put("revoked", revoked);
        unlistedAt.forEach(node.putArray("unlistedAt")::add);
        yield Answers.json(200, node);
      }
      case AuthorityOperations.Outcome.Unknown _ ->
          Answers.error(
              404, "not-found", "there is no such CA: ./telltale authority list names all");
      case AuthorityOperations.Outcome.Refused(String message) ->
          Answers.error(409, "refused", message);
    };
  }

  private static ObjectNode json(AuthorityOperations.Authority one) {
    ObjectNode node =
        Answers.object()
            .put("id", one.id())
            .put("kind", one.kind())
            .put("above", one.above())
            .put("scope", one.scope())
            .put("state", one.state())
            .put("since", one.since().toString())
            .put("subject", one.subject())
            .put("fingerprint", one.fingerprint())
            .put("serial", one.serial())
            .put("notBefore", one.notBefore().toString())
            .put("notAfter", one.notAfter().toString())
            .put("keyHere", one.isKeyHere());
    one.good().ifPresent(good -> node.put("good", good));
    return node.put("certificate", one.pem());
  }
}
