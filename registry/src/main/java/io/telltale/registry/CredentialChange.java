package io.telltale.registry;

import io.telltale.roster.Identity;

/** What came of adding or renewing a credential. */
public sealed interface CredentialChange {
  /** Done, and the view shows it. */
  record Done(Identity identity) implements CredentialChange {}

  /** It was so already. */
  record Unchanged(Identity identity) implements CredentialChange {}

  /** Refused; nothing changed. */
  record Refused(Reason why) implements CredentialChange {}

  /** Why a credential was refused. */
  enum Reason {
    /** Nobody of that name is registered. */
    UNKNOWN_PRINCIPAL,
    /** No such credential. */
    UNKNOWN_CREDENTIAL,
    /** The principal's state does not allow it. */
    PRINCIPAL_STATE,
    /** The credential to renew is revoked or its overlap is over. */
    CREDENTIAL_STATE,
    /** The credential to renew is past its validity. */
    EXPIRED,
    /** The one that replaced it has been used: whoever renews again has a copy of an old key. */
    REPLACED,
    /** Renewed too often within a day; the credential stays good. */
    TOO_OFTEN,
    /** The public key is, or was, somebody's: one key per device, for good. */
    KEY_KNOWN,
    /** The certificate belongs to somebody else. */
    CERTIFICATE_KNOWN
  }
}
