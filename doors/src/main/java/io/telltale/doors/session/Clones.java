package io.telltale.doors.session;

import io.netty.channel.Channel;
import io.telltale.admission.Incidents;
import io.telltale.roster.Identity;
import java.util.Map;

/** The sign of a copied key: a second session of a device whose first one is still speaking. */
final class Clones {
  private Clones() {}

  static Incidents.Signal signal(String door, Identity identity, Channel older) {
    return new Incidents.Signal(
        "incident.clone",
        identity.id().tenant(),
        door,
        identity.id().uri(),
        Map.of(
            "credential", identity.credential().hex(),
            "older", String.valueOf(older.remoteAddress())));
  }
}
