package io.telltale.identity;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the authority needs of the registry: no certificate leaves that this does not know. */
public interface CredentialRegister {
  /** What a token that was shown is good for. Comparing is by hash; the token is not kept. */
  TokenStanding token(DeviceId device, Hash tokenHash, Instant now);

  /** The device behind a credential that may renew now; empty for every other certificate. */
  Optional<SpiffeId> renewable(Fingerprint credential, Instant now);

  /**
   * Records the certificate in one transaction with what entitles to it: the token is spent, the
   * old credential starts to retire. Of two that compete for one token at most one is recorded.
   */
  Recorded record(Issuance issuance);

  /** The revoked, not yet expired certificates of {@code issuer}. */
  List<RevokedCertificate> revoked(Fingerprint issuer, Instant now);

  /** Makes {@code event} durable with the registry's own. */
  void note(Event event);

  /** A certificate about to leave, and by what right. */
  record Issuance(
      SpiffeId subject, X509Certificate certificate, X509Certificate issuer, Entitlement by) {}

  /** By what right a certificate is issued. */
  sealed interface Entitlement {
    /** A one-time token, spent by this. */
    record Token(Hash hash) implements Entitlement {}

    /** The credential that it follows; good until {@code overlapEnds}. */
    record Renewal(Fingerprint old, Instant overlapEnds) implements Entitlement {}

    /** Somebody with the right to do so, or the system itself at start. */
    record Operator(String actor) implements Entitlement {}
  }

  /** Whether a token opens the door. */
  enum TokenStanding {
    GOOD,
    UNKNOWN,
    EXPIRED,
    SPENT,
    OTHER_DEVICE,
    DEVICE_NOT_ADMITTED
  }

  /** What came of recording. */
  enum Recorded {
    DONE,
    TOKEN_SPENT,
    TOKEN_EXPIRED,
    NOT_ENTITLED,
    DEVICE_NOT_ADMITTED,
    KEY_ALREADY_USED
  }

  /** A line for the CRL; the reason is a code of RFC 5280 section 5.3.1. */
  record RevokedCertificate(BigInteger serial, Instant when, int reason) {}
}
