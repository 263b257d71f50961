package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.roster.Role;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** What anybody with a role may know of the server. */
final class StatusRoutes {
  private static final Set<Role> ANY = EnumSet.allOf(Role.class);

  private static final System.Logger LOG = System.getLogger(StatusRoutes.class.getName());

  private final ApiParts parts;

  StatusRoutes(ApiParts parts) {
    this.parts = parts;
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
    ObjectNode devices = body.putObject("devices");
    TenantId tenant = call.caller().tenant();
    var away = new LinkedHashSet<String>();
    asFarAsThere(call, away, () -> parts.registry().countByState(tenant).forEach(devices::put));
    asFarAsThere(
        call,
        away,
        () -> body.put("policyVersion", parts.registry().policies().inForce(tenant).version()));
    var wanted = new LetterOperations.Wanted(tenant, Optional.empty(), "", OptionalLong.empty());
    asFarAsThere(call, away, () -> body.put("deadLetters", parts.letters().count(wanted)));
    if (!away.isEmpty()) {
      body.putPOJO("unavailable", List.copyOf(away));
    }
    body.put("feedPosition", parts.registry().view().position());
    return Answers.json(200, body);
  }

  // What a damaged store would say is left out: the rest says which it is and what to do. Of one
  // that does not answer nothing else may speak.
  private static void asFarAsThere(Call call, Set<String> away, Runnable part) {
    try {
      part.run();
    } catch (UnavailableException e) {
      away.add(call.caller().told(e));
    } catch (CorruptException e) {
      LOG.log(System.Logger.Level.DEBUG, "api.status_incomplete", e);
    }
  }

  private Response trustBundle() {
    return Answers.raw(200, "application/json", Bytes.utf8(parts.facts().trustBundle()));
  }

  private Response metrics() {
    return Answers.raw(
        200, "text/plain; version=0.0.4; charset=utf-8", Bytes.utf8(parts.facts().metrics()));
  }
}
