package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Scope;
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

/** The keys of scopes. */
final class KeyRoutes {
  private static final Set<Role> READERS = EnumSet.of(Role.OPERATOR, Role.AUDITOR);
  private static final Set<Role> WRITERS = EnumSet.of(Role.OPERATOR);

  private final KeyOperations keys;

  KeyRoutes(KeyOperations keys) {
    this.keys = keys;
  }

  List<Route<Operation>> routes() {
    var routes = new ArrayList<Route<Operation>>();
    routes.add(Operation.get("/v1/keys", READERS, this::list));
    for (KeyOperations.Verb verb : KeyOperations.Verb.values()) {
      String path = "/v1/keys/" + verb.name().toLowerCase(Locale.ROOT);
      routes.add(
          Operation.post(
              path, WRITERS, call -> call.withBody((caller, body) -> change(verb, caller, body))));
    }
    return routes;
  }

  private Response list(Call call) {
    ObjectNode body = Answers.object();
    ArrayNode array = body.putArray("keys");
    keys.list(call.caller().tenant()).forEach(key -> array.add(json(key)));
    return Answers.json(200, body);
  }

  private Response change(KeyOperations.Verb verb, Caller caller, JsonBody body) {
    Optional<Scope> scope = Scope.parse(body.text("scope", 512));
    if (scope.isEmpty()) {
      body.mistake("scope must be tenant/environment/region/productLine/sensitivity");
    }
    String reason = body.text("reason", 256);
    if (!reason.isEmpty() && !Act.validReason(reason)) {
      body.mistake("reason must be 1 to 256 printable characters");
    }
    Optional<Response> problem = body.problem();
    if (problem.isPresent() || scope.isEmpty()) {
      return problem.orElse(Answers.notFound("key"));
    }
    if (!scope.get().tenant().equals(caller.tenant())) {
      return unknown();
    }
    var because = new KeyOperations.Because(caller.identity().id(), reason);
    return switch (keys.change(verb, scope.get(), because)) {
      case KeyOperations.Outcome.Done done -> Answers.json(200, json(done.key()));
      case KeyOperations.Outcome.Unknown _ -> unknown();
      case KeyOperations.Outcome.Refused refused ->
          Answers.error(409, "refused", refused.message());
    };
  }

  private static Response unknown() {
    return Answers.error(
        404, "not-found", "there is no key of that scope: ./telltale key list names all");
  }

  private static ObjectNode json(KeyOperations.Key key) {
    ObjectNode node = Answers.object().put("scope", key.scope().path()).put("state", key.state());
    ArrayNode versions = node.putArray("versions");
    key.versions().forEach(versions::add);
    key.destroyedAt().ifPresent(end -> node.put("destroyedAt", end.toString()));
    return node.put("changed", key.changed().toString());
  }
}
