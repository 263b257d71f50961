package io.telltale.server;

import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.leases.SealerDirectory;
import io.telltale.registry.Registry;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import java.time.Instant;
import java.util.Optional;

/**
 * Sealers are services with a certificate that was not revoked. One that has run out meanwhile
 * still counts: what it sealed waits in the log, for as long as a scope may be closed, when the
 * identity view has long forgotten it.
 */
public final class RegisteredSealers implements SealerDirectory {
  private final Registry registry;

  public RegisteredSealers(Registry registry) {
    this.registry = registry;
  }

  @Override
  public Optional<Sealer> sealer(Fingerprint credential, Instant announced) {
    Optional<CredentialRecord> known =
        registry
            .credential(credential)
            .filter(one -> one.state() != CredentialState.REVOKED)
            .filter(one -> announced.isBefore(one.goodUntil()));
    return known
        .flatMap(one -> registry.view().byNumber(one.principal()))
        .filter(RegisteredSealers::maySeal)
        .flatMap(
            owner ->
                registry
                    .certificate(credential)
                    .flatMap(der -> Certificates.parse(der.toArray()))
                    .map(leaf -> new Sealer(owner.id(), leaf.getPublicKey())));
  }

  private static boolean maySeal(Identity identity) {
    return identity.id().kind() == SpiffeId.Kind.SERVICE && identity.state().mayConnect();
  }
}
