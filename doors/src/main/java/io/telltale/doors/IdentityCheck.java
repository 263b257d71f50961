package io.telltale.doors;

import io.telltale.admission.Incidents;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.IdentityView;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Accepts a certificate of our CA that maps to exactly one registry entry, whose name it bears and
 * which may connect now (ID-2). Asks memory only; what the view does not know is unknown.
 */
public final class IdentityCheck implements PeerCheck {
  private final Trust trust;
  private final IdentityView view;
  private final InstantSource clock;
  private final Incidents incidents;

  /**
   * @param domain the trust domain of every name
   * @param authorities the issuing CAs trusted now; asked each time, so that a CA rollover needs no
   *     restart
   * @param kinds what this listener is for
   */
  public record Trust(String domain, Supplier<TrustedRoots> authorities, Set<SpiffeId.Kind> kinds) {
    public Trust {
      kinds = Set.copyOf(kinds);
    }
  }

  public IdentityCheck(Trust trust, IdentityView view, InstantSource clock, Incidents incidents) {
    this.trust = trust;
    this.view = view;
    this.clock = clock;
    this.incidents = incidents;
  }

  @Override
  public PeerVerdict check(List<X509Certificate> chain) {
    return named(judge(chain), chain.getFirst());
  }

  private PeerVerdict judge(List<X509Certificate> chain) {
    Instant now = clock.instant();
    return switch (trust.authorities().get().check(chain, Usage.CLIENT, now)) {
      case TrustedRoots.Verdict.Untrusted(TrustedRoots.Why why) ->
          new PeerVerdict.Refused(cause(why, chain.getFirst()));
      case TrustedRoots.Verdict.Trusted trusted ->
          name(trusted.facts())
              .map(name -> owner(trusted.leaf(), name, now))
              .orElse(new PeerVerdict.Refused(Cause.NAME_MISMATCH));
    };
  }

  // Its signature was checked when it came first; its CA may be trusted no more since then.
  @Override
  public PeerVerdict again(List<X509Certificate> chain) {
    if (!trust.authorities().get().haveIssuerOf(chain.getFirst())) {
      return named(new PeerVerdict.Refused(Cause.UNKNOWN_CA), chain.getFirst());
    }
    PeerVerdict verdict =
        CertificateFacts.of(chain.getFirst())
            .flatMap(this::name)
            .map(name -> owner(chain.getFirst(), name, clock.instant()))
            .orElse(new PeerVerdict.Refused(Cause.NAME_MISMATCH));
    return named(verdict, chain.getFirst());
  }

  @Override
  public List<X509Certificate> authorities() {
    return trust.authorities().get().certificates();
  }

  /** Exactly one alternative name, a SPIFFE id of our domain and of a kind that may come here. */
  private Optional<SpiffeId> name(CertificateFacts facts) {
    if (facts.names().size() != 1 || facts.names().getFirst().kind() != SubjectName.Kind.URI) {
      return Optional.empty();
    }
    return SpiffeId.parse(facts.names().getFirst().value())
        .filter(id -> id.trustDomain().equals(trust.domain()))
        .filter(id -> trust.kinds().contains(id.kind()));
  }

  private PeerVerdict owner(X509Certificate leaf, SpiffeId name, Instant now) {
    Fingerprint fingerprint = Certificates.fingerprint(leaf);
    Optional<Identity> owner = view.byCredential(fingerprint);
    if (owner.isEmpty()) {
      return refuse(Cause.UNREGISTERED, name, fingerprint);
    }
    Identity identity = owner.get();
    if (!identity.id().equals(name)) {
      return refuse(Cause.NAME_MISMATCH, name, fingerprint);
    }
    if (identity.credentialState() == CredentialState.REVOKED) {
      return refuse(Cause.REVOKED, name, fingerprint);
    }
    if (!identity.mayConnect(now)) {
      return now.isBefore(identity.notAfter())
          ? refuse(Cause.NOT_ACTIVE, name, fingerprint)
          : new PeerVerdict.Refused(Cause.EXPIRED);
    }
    return new PeerVerdict.Accepted(owner);
  }

  // These very bytes are registered: whatever is wrong with them now, we issued them.
  private PeerVerdict named(PeerVerdict verdict, X509Certificate leaf) {
    return verdict instanceof PeerVerdict.Refused(Cause cause, var known) && known.isEmpty()
        ? new PeerVerdict.Refused(
            cause, view.byCredential(Certificates.fingerprint(leaf)).map(Identity::id))
        : verdict;
  }

  // A certificate that our CA signed and that may not come in is worth an event; strangers are not.
  private PeerVerdict refuse(Cause cause, SpiffeId name, Fingerprint fingerprint) {
    incidents.report(
        new Incidents.Signal(
            "session.refused",
            name.tenant(),
            "system",
            name.uri(),
            Map.of("why", cause.label(), "credential", fingerprint.hex())));
    var device = new DeviceId(name.tenant(), name.name());
    return new PeerVerdict.Refused(
        cause,
        Optional.of(name)
            .filter(id -> id.kind() == SpiffeId.Kind.DEVICE && view.byDevice(device).isPresent()));
  }

  private static Cause cause(TrustedRoots.Why why, X509Certificate leaf) {
    return switch (why) {
      case EXPIRED -> Cause.EXPIRED;
      case NOT_YET_VALID -> Cause.NOT_YET_VALID;
      case WRONG_USAGE -> Cause.WRONG_EKU;
      case NO_CERTIFICATE -> Cause.NO_CERTIFICATE;
      case UNKNOWN_ISSUER, BAD_SIGNATURE, ISSUER_NOT_A_CA, ISSUER_REVOKED, CHAIN_TOO_LONG ->
          leaf.getIssuerX500Principal().equals(leaf.getSubjectX500Principal())
              ? Cause.SELF_SIGNED
              : Cause.UNKNOWN_CA;
      case MALFORMED, KEY_KIND, LEAF_IS_A_CA, UNKNOWN_CRITICAL_EXTENSION ->
          Cause.CERTIFICATE_MALFORMED;
    };
  }
}
