package io.telltale.server.api;

import io.telltale.kernel.SpiffeId;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A device as it would be under a type that it is not registered with: a policy is tried before it
 * is in force, and under the one in force its types cannot be registered.
 */
final class Assumed {
  private static final String UNKNOWN = "unknown";

  private Assumed() {}

  /** What is known of the device holds, but for its type; without anything all is unknown. */
  static Identity of(Caller caller, String device, String type, Optional<Identity> known) {
    SpiffeId asks = caller.analyst().id();
    var id = new SpiffeId(asks.trustDomain(), caller.tenant(), SpiffeId.Kind.DEVICE, device);
    Identity one =
        known.orElseGet(
            () ->
                new Identity(
                    1,
                    id,
                    LifecycleState.REGISTERED,
                    Identity.NO_CREDENTIAL,
                    Identity.NO_CREDENTIAL,
                    CredentialState.ACTIVE,
                    1,
                    Instant.MAX,
                    new AssetRecord(UNKNOWN, UNKNOWN, UNKNOWN, type, UNKNOWN, UNKNOWN, Map.of()),
                    UNKNOWN,
                    0));
    AssetRecord asset = one.asset();
    return new Identity(
        one.number(),
        one.id(),
        one.state(),
        one.credential(),
        one.issuer(),
        one.credentialState(),
        one.enrolment(),
        one.notAfter(),
        new AssetRecord(
            asset.environment(),
            asset.region(),
            asset.productLine(),
            type,
            asset.ownerTeam(),
            asset.site(),
            asset.labels()),
        one.firmwareClaimed(),
        one.feedPosition());
  }
}
