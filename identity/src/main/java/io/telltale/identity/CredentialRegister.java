package io.telltale.identity;

import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Registry;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the authority needs of the registry: no certificate leaves that this does not know. */
public interface CredentialRegister {
  /** What a token that was shown is good for; that it is not is an event. Spends nothing. */
  TokenStanding token(DeviceId device, Hash tokenHash, SourceBlock source);

  /** The device behind a credential that may renew now; empty for every other certificate. */
  Optional<SpiffeId> renewable(Fingerprint credential);

  /**
   * The device behind a credential that has ended and was not taken back; whether it may renew is
   * decided where that is recorded.
   */
  Optional<SpiffeId> ended(Fingerprint credential);

  /**
   * Records the certificate in one transaction with what entitles to it: the token is spent, the
   * old credential starts to retire. Of two that compete for one token at most one is recorded.
   */
  Recorded record(Issuance issuance);

  /** What the certificate of that serial number is worth; it was issued by one of these. */
  CredentialStatus status(BigInteger serial, Set<Fingerprint> issuers);

  /** What devices, gateways and people hold of these issuers, and may use. */
  Remaining remaining(Set<Fingerprint> issuers);

  /** How long that certificate lasts; empty where none is, or it was replaced or taken back. */
  Optional<Life> life(BigInteger serial, Set<Fingerprint> issuers);

  /** Where a device belongs, by its record. */
  CaScope scope(SpiffeId device);

  /** Whether any certificate was ever recorded. */
  boolean hasIssued();

  /**
   * The revoked, not yet expired certificates of {@code issuer}. Without those that were renewed
   * and whose overlap is over: they are as many as there are devices, and {@link #status} says it.
   */
  List<RevokedCertificate> revoked(Fingerprint issuer);

  /** Of those the ones that were revoked at {@code since} or later. */
  List<RevokedCertificate> revokedSince(Fingerprint issuer, Instant since);

  /** Of those the ones whose serial numbers begin with {@code digits}, two of hexadecimal. */
  List<RevokedCertificate> revokedOf(Fingerprint issuer, String digits);

  /** Makes an event of a refused request; whoever asked claims to be {@code device}. */
  void refused(SpiffeId device, Map<String, String> details, SourceBlock source);

  /** Notes that {@code device} may not have its next certificate, and by which refusal. */
  void renewalRefused(SpiffeId device, String why);

  /** The one on a registry. */
  static CredentialRegister of(Registry registry, InstantSource clock) {
    return new RegistryRegister(registry, clock);
  }

  /** A certificate about to leave, and by what right. */
  record Issuance(
      SpiffeId subject, X509Certificate certificate, X509Certificate issuer, Entitlement by) {}

  /** By what right a certificate is issued. */
  sealed interface Entitlement {
    /** A one-time token, spent by this; {@code source} showed it. */
    record Token(Hash hash, SourceBlock source) implements Entitlement {}

    /** The credential that it follows, which stays good for {@code overlap}. */
    record Renewal(Fingerprint old, Duration overlap) implements Entitlement {}

    /** Somebody with the right to do so, or the system itself at start. */
    record Operator(String actor) implements Entitlement {}
  }

  /** Whether a token opens the door. */
  enum TokenStanding {
    GOOD,
    UNKNOWN,
    EXPIRED,
    SPENT,
    /** Taken back when the device changed state. */
    VOIDED,
    OTHER_DEVICE,
    DEVICE_NOT_ADMITTED
  }

  /** What came of recording. */
  enum Recorded {
    DONE,
    TOKEN_SPENT,
    TOKEN_EXPIRED,
    TOKEN_REFUSED,
    NOT_ENTITLED,
    ENDED,
    RENEWED_TOO_OFTEN,
    DEVICE_NOT_ADMITTED,
    KEY_ALREADY_USED
  }

  /** What a certificate is worth to others. */
  sealed interface CredentialStatus {
    /** It was issued, and nothing has taken it back. */
    record Good() implements CredentialStatus {}

    /** It was taken back, or its overlap with the one that followed it is over. */
    record Revoked(RevokedCertificate line) implements CredentialStatus {}

    /** It was never issued. */
    record Unknown() implements CredentialStatus {}
  }

  /**
   * Certificates that are good.
   *
   * @param until when the last of them ends; when there are none, some time that is over
   */
  record Remaining(long count, Instant until) {}

  /**
   * A certificate's validity.
   *
   * @param scope where its owner belongs
   * @param turn when somebody would have it replaced under a new key
   */
  record Life(Instant from, Instant until, CaScope scope, Optional<Instant> turn) {}

  /** A line for the CRL; the reason is a code of RFC 5280 section 5.3.1. */
  record RevokedCertificate(BigInteger serial, Instant when, int reason) {}
}
