package io.telltale.server.api;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.Fingerprint;
import io.telltale.registry.RenewalHealth;
import io.telltale.registry.Renewals;
import io.telltale.roster.Role;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How the renewals of a tenant's devices go. */
final class RenewalRoutes {
  private static final Set<Role> READERS = EnumSet.of(Role.OPERATOR, Role.AUDITOR);

  private final Renewals renewals;
  private final AuthorityOperations authorities;

  RenewalRoutes(ApiParts parts) {
    this.renewals = parts.registry().renewals();
    this.authorities = parts.authorities();
  }

  List<Route<Operation>> routes() {
    return List.of(Operation.get("/v1/renewals", READERS, this::show));
  }

  private Response show(Call call) {
    RenewalHealth health = renewals.health(call.caller().tenant());
    ObjectNode body =
        Answers.object()
            .put("renewed", health.renewed())
            .put("overdue", health.overdue())
            .put("ended", health.ended());
    ArrayNode array = body.putArray("cohorts");
    health
        .cohorts()
        .forEach(
            one ->
                array
                    .addObject()
                    .put("region", one.region())
                    .put("firmware", one.firmware())
                    .put("issuer", issuer(one.issuer()))
                    .put("cause", one.cause().text())
                    .put("why", one.why())
                    .put("overdue", one.overdue())
                    .put("ended", one.ended())
                    .put("example", one.example()));
    return Answers.json(200, body.put("more", health.isCut()));
  }

  private String issuer(Fingerprint issuer) {
    return authorities.list().stream()
        .map(AuthorityOperations.Authority::id)
        .filter(id -> authorities.names(id).contains(issuer))
        .findFirst()
        .orElse(issuer.hex());
  }
}
