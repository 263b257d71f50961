package io.telltale.server.api;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.HttpExchange.Response;
import io.telltale.registry.Role;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** What anybody with a role may know of the server. */
final class StatusRoutes {
  private static final Set<Role> ANY = EnumSet.allOf(Role.class);

  private final ApiParts parts;

  StatusRoutes(ApiParts parts) {
    this.parts = parts;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/v1/status", ANY, this::status),
        Route.get("/v1/trust-bundle", ANY, call -> trustBundle()),
        Route.get("/v1/metrics", ANY, call -> metrics()));
  }

  private Response status(Call call) {
    ObjectNode body = Answers.JSON.valueToTree(parts.facts().status());
    ObjectNode caller = body.putObject("caller").put("id", call.caller().actor());
    caller.putPOJO("roles", call.caller().roles().stream().map(Role::text).sorted().toList());
    ObjectNode devices = body.putObject("devices");
    parts.registry().countByState(call.caller().tenant()).forEach(devices::put);
    body.put(
        "policyVersion", parts.registry().policies().inForce(call.caller().tenant()).version());
    body.put(
        "deadLetters",
        parts
            .letters()
            .count(
                new LetterOffice.Wanted(
                    call.caller().tenant(), Optional.empty(), "", OptionalLong.empty())));
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
