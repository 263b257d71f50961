package io.telltale.server.api;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.Analyst;
import io.telltale.registry.Act;
import io.telltale.roster.Identity;
import io.telltale.roster.Role;
import java.util.Set;

/** Who calls, as the identity view knows them. */
record Caller(Identity identity, Set<Role> roles) {
  String actor() {
    return identity.id().uri();
  }

  TenantId tenant() {
    return identity.id().tenant();
  }

  Analyst analyst() {
    return new Analyst(identity.id());
  }

  /** A device of the caller's own tenant: others cannot even be named. */
  DeviceId device(String name) {
    return new DeviceId(tenant(), name);
  }

  /** What does not answer: where things lie is for whoever runs them. */
  String told(UnavailableException what) {
    return roles.contains(Role.OPERATOR)
        ? String.valueOf(what.getMessage())
        : "something that the server stands on does not answer";
  }

  Act act(String reason) {
    return new Act(actor(), reason);
  }
}
