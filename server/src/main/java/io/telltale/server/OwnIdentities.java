package io.telltale.server;

import io.telltale.crypto.x509.SubjectName;
import io.telltale.identity.OcspSigners;
import io.telltale.identity.Profile;
import io.telltale.identity.RenewingIdentity;
import java.util.List;

/**
 * As whom this process speaks.
 *
 * @param door to devices and people
 * @param ocsp to whoever asks what a certificate is worth
 */
public record OwnIdentities(RenewingIdentity door, OcspSigners ocsp) {
  static OwnIdentities made(Foundation foundation, List<SubjectName> hosts) {
    return new OwnIdentities(
        new RenewingIdentity(
            foundation.authority(),
            Profile.service(foundation.names().door(), hosts),
            foundation.clock()),
        new OcspSigners(foundation.authority(), foundation.names().ocsp(), foundation.clock()));
  }
}
