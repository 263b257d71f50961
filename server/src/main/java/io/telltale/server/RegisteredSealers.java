package io.telltale.server;

import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.keys.SealerDirectory;
import io.telltale.registry.CredentialState;
import io.telltale.registry.Identity;
import io.telltale.registry.Registry;
import java.time.Instant;
import java.util.Optional;

/**
 * Sealers are services with a certificate that was not revoked. One that has run out meanwhile
 * still counts: what it sealed waits in the log.
 */
final class RegisteredSealers implements SealerDirectory {
  private final Registry registry;

  RegisteredSealers(Registry registry) {
    this.registry = registry;
  }

  @Override
  public Optional<Sealer> sealer(Fingerprint credential, Instant announced) {
    return registry
        .view()
        .byCredential(credential)
        .filter(RegisteredSealers::maySeal)
        .filter(known -> announced.isBefore(known.notAfter()))
        .flatMap(
            known ->
                registry
                    .certificate(credential)
                    .flatMap(der -> Certificates.parse(der.toArray()))
                    .map(leaf -> new Sealer(known.id(), leaf.getPublicKey())));
  }

  private static boolean maySeal(Identity identity) {
    return identity.id().kind() == SpiffeId.Kind.SERVICE
        && identity.state().mayConnect()
        && identity.credentialState() != CredentialState.REVOKED;
  }
}
