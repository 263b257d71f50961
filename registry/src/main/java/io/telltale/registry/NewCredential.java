package io.telltale.registry;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.roster.Protection;
import java.time.Instant;

/**
 * A certificate to be registered.
 *
 * @param der the certificate; its SHA-256 is the credential's name
 * @param issuer the fingerprint of the certificate that signed it
 * @param serial its serial number, lower-case hex
 * @param spki SHA-256 of its SubjectPublicKeyInfo
 */
public record NewCredential(
    Bytes der,
    Fingerprint issuer,
    String serial,
    Instant notBefore,
    Instant notAfter,
    Hash spki,
    Protection protection) {

  public Fingerprint fingerprint() {
    return new Fingerprint(Hash.sha256(der));
  }
}
