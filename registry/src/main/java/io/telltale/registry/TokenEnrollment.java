package io.telltale.registry;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SourceBlock;

/** What came of exchanging a token for a credential, in one transaction. */
public sealed interface TokenEnrollment {
  /** The token is spent and the credential is registered. */
  record Enrolled() implements TokenEnrollment {}

  /** The token was refused; nothing changed. */
  record TokenRefused(TokenRefusal why) implements TokenEnrollment {}

  /** The credential was refused; the token is as good as before. */
  record CredentialRefused(CredentialChange.Reason why) implements TokenEnrollment {}

  /**
   * What is asked for.
   *
   * @param token the hash of the token that was shown
   * @param how the way of provisioning, for instance {@code est-token}
   * @param source where it came from: refusals are bounded for each
   */
  record Wanted(
      DeviceId device, Hash token, NewCredential credential, String how, SourceBlock source) {}
}
