package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.identity.CertificateAuthority.Issued;
import io.telltale.identity.CredentialRegister.Entitlement;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The identity of one of our own services or people: a key made in this process, never stored, and
 * a certificate for it. A new one at every start, so that no disk holds what could be stolen.
 */
public final class ServiceIdentity {
  private static final Entitlement BY = new Entitlement.Operator("system");

  private final SpiffeId id;
  private final PrivateKey key;
  private final List<X509Certificate> chain;

  private ServiceIdentity(SpiffeId id, PrivateKey key, List<X509Certificate> chain) {
    this.id = id;
    this.key = key;
    this.chain = chain;
  }

  /** A service that answers under {@code hosts}. */
  public static ServiceIdentity service(
      CertificateAuthority authority, SpiffeId id, List<SubjectName> hosts) {
    return of(authority, Profile.service(id, hosts));
  }

  /** A person, for instance the operator at the first start. */
  public static ServiceIdentity person(CertificateAuthority authority, SpiffeId id) {
    return of(authority, Profile.person(id));
  }

  /**
   * The same in place of {@code old}, which ends after {@code overlap}; empty where the registry
   * does not take that one for good any more.
   */
  public static Optional<ServiceIdentity> person(
      CertificateAuthority authority, SpiffeId id, Fingerprint old, Duration overlap) {
    Profile profile = Profile.person(id);
    KeyPair pair = EcdsaP256.generate();
    Issued issued =
        authority.issue(profile, pair.getPublic(), new Entitlement.Renewal(old, overlap));
    return issued instanceof Issued.Certificate
        ? Optional.of(of(authority, profile, pair, issued))
        : Optional.empty();
  }

  /** What {@code profile} says. */
  static ServiceIdentity of(CertificateAuthority authority, Profile profile) {
    KeyPair pair = EcdsaP256.generate();
    return of(authority, profile, pair, authority.issue(profile, pair.getPublic(), BY));
  }

  /** The same by the issuing CA {@code id}, whether or not it signs for others any more. */
  static ServiceIdentity under(String id, CertificateAuthority authority, Profile profile) {
    KeyPair pair = EcdsaP256.generate();
    return of(authority, profile, pair, authority.issueUnder(id, profile, pair.getPublic(), BY));
  }

  private static ServiceIdentity of(
      CertificateAuthority authority, Profile profile, KeyPair pair, Issued issued) {
    return switch (issued) {
      case Issued.Certificate(var leaf, var issuer) ->
          new ServiceIdentity(profile.id(), pair.getPrivate(), authority.shown(leaf, issuer));
      case Issued.Refused(var why) ->
          throw new IllegalStateException(
              "the registry refused our own " + profile.id() + ": " + why);
    };
  }

  public SpiffeId id() {
    return id;
  }

  public Fingerprint credential() {
    return Certificates.fingerprint(chain.getFirst());
  }

  /** Signs with ECDSA P-256 and SHA-256; r ‖ s, 64 bytes (RFC 9053 section 2.1). */
  public Bytes sign(Bytes message) {
    return EcdsaP256.sign(key, message);
  }

  /** For a TLS stack. */
  public PrivateKey key() {
    return key;
  }

  /** For a TLS stack: leaf first, then who issued it and what leads to older roots. */
  public List<X509Certificate> chain() {
    return chain;
  }
}
