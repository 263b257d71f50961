package io.telltale.identity;

import io.telltale.crypto.x509.CertificateRequest;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.identity.CertificateAuthority.Issued;
import io.telltale.identity.CredentialRegister.Entitlement;
import io.telltale.identity.CredentialRegister.TokenStanding;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Registry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides who gets a device certificate, whatever protocol asks: a first one for a one-time token,
 * a next one for the current one. Thread-safe.
 */
public final class Enrollment {
  private final CertificateAuthority authority;
  private final CredentialRegister register;
  private final Terms terms;

  /**
   * On which terms certificates are given.
   *
   * @param trustDomain of the devices' names
   * @param validity of a device's certificate; at most {@link Profile#DEVICE_VALIDITY}
   * @param overlap how long the old certificate stays good after a renewal
   */
  public record Terms(String trustDomain, Duration validity, Duration overlap) {
    public static Terms standard(String trustDomain) {
      return new Terms(trustDomain, Profile.DEVICE_VALIDITY, Duration.ofHours(24));
    }
  }

  public Enrollment(CertificateAuthority authority, CredentialRegister register, Terms terms) {
    this.authority = authority;
    this.register = register;
    this.terms = terms;
  }

  /** What came of asking. */
  public sealed interface Outcome {
    /** A certificate that the registry knows. */
    record Enrolled(X509Certificate leaf) implements Outcome {}

    /** None, and why. */
    record Refused(Refusal why) implements Outcome {}
  }

  /**
   * Exchanges {@code token} for a certificate over the key in {@code pkcs10}. The token is spent
   * only when a certificate leaves, and then never again.
   *
   * @param source where the request came from
   */
  public Outcome enroll(DeviceId device, String token, byte[] pkcs10, SourceBlock source) {
    Hash hash = tokenHash(token);
    TokenStanding standing = register.token(device, hash, source);
    if (standing != TokenStanding.GOOD) {
      return new Outcome.Refused(Refusal.of(standing));
    }
    var asked = new Asked(device.in(terms.trustDomain()), Bytes.adopt(pkcs10), source);
    return issue(asked, new Entitlement.Token(hash, source));
  }

  private record Asked(SpiffeId device, Bytes pkcs10, SourceBlock source) {}

  /** Gives the holder of {@code chain}, as TLS proved it, its next certificate. */
  public Outcome renew(List<X509Certificate> chain, byte[] pkcs10, SourceBlock source) {
    // TLS verified the chain already; a listener that forgot must not make us issue.
    if (!(authority.checkForRenewal(chain) instanceof TrustedRoots.Verdict.Trusted trusted)) {
      return new Outcome.Refused(chain.isEmpty() ? Refusal.NO_CERTIFICATE : Refusal.NOT_RENEWABLE);
    }
    var old = Certificates.fingerprint(trusted.leaf());
    Optional<SpiffeId> holder =
        authority.hasEnded(trusted.leaf()) ? register.ended(old) : register.renewable(old);
    if (holder.isEmpty() || holder.get().kind() == SpiffeId.Kind.PERSON) {
      return new Outcome.Refused(Refusal.NOT_RENEWABLE);
    }
    var asked = new Asked(holder.get(), Bytes.adopt(pkcs10), source);
    return issue(asked, new Entitlement.Renewal(old, terms.overlap()));
  }

  /** How tokens are kept: their SHA-256. They are 32 random bytes, so that no salt is needed. */
  public static Hash tokenHash(String token) {
    return Registry.tokenHash(token);
  }

  private Outcome issue(Asked asked, Entitlement by) {
    Outcome outcome = decide(asked.device(), asked.pkcs10().borrow(), by);
    if (outcome instanceof Outcome.Refused(var why) && why.eventful()) {
      register.refused(asked.device(), Map.of("why", why.code()), asked.source());
    }
    if (outcome instanceof Outcome.Refused(var why) && by instanceof Entitlement.Renewal) {
      register.renewalRefused(asked.device(), why.code());
    }
    return outcome;
  }

  private Outcome decide(SpiffeId device, byte[] pkcs10, Entitlement by) {
    return switch (CertificateRequest.parse(pkcs10)) {
      case CertificateRequest.Parsed.Unsound(var fault) -> new Outcome.Refused(Refusal.of(fault));
      case CertificateRequest.Parsed.Sound(var request) -> {
        Optional<Refusal> refusal = RequestPolicy.refuse(request, device);
        if (refusal.isPresent()) {
          yield new Outcome.Refused(refusal.get());
        }
        var profile = Profile.device(device, terms.validity());
        yield switch (authority.issue(profile, request.key(), by)) {
          case Issued.Certificate(var leaf, var _) -> new Outcome.Enrolled(leaf);
          case Issued.Refused(var why) -> new Outcome.Refused(Refusal.of(why));
        };
      }
    };
  }
}
