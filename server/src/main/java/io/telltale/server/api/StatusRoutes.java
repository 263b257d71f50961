package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Bytes;
import io.telltale.roster.Role;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** What anybody with a role may know of the server. */
final class StatusRoutes {
  private static final Set<Role> ANY = EnumSet.allOf(Role.class);

  private final ApiParts parts;
  private final StoredFacts stored;

  StatusRoutes(ApiParts parts) {
    this.parts = parts;
    this.stored = new StoredFacts(parts);
  }

  List<Route<Operation>> routes() {
    return List.of(
        Operation.get("/v1/status", ANY, this::status),
        Operation.get("/v1/trust-bundle", ANY, call -> trustBundle()),
        Operation.get("/v1/metrics", ANY, call -> metrics()));
  }

  private Response status(Call call) {
    ObjectNode body = Answers.JSON.valueToTree(parts.facts().status());
    ObjectNode caller = body.putObject("caller").put("id", call.caller().actor());
    caller.putPOJO("roles", call.caller().roles().stream().map(Role::text).sorted().toList());
    StoredFacts.Found facts = stored.of(call.caller());
    facts.values().forEach((name, value) -> body.set(name, Answers.JSON.valueToTree(value)));
    if (!facts.unavailable().isEmpty()) {
      body.putPOJO("unavailable", List.copyOf(facts.unavailable()));
    }
    body.put("feedPosition", parts.registry().view().position());
    return Answers.json(200, body);
  }

  private Response trustBundle() {
    return Answers.raw(200, "application/json", Bytes.utf8(parts.facts().trustBundle()));
  }

  private Response metrics() {
    return Answers.raw(
        200, "text/plain; version=0.0.4; charset=utf-8", Bytes.utf8(parts.facts().metrics()));
  }
}
