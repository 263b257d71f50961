package io.telltale.identity;

import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.registry.Act;
import io.telltale.registry.CredentialChange;
import io.telltale.registry.IssuerCredentials;
import io.telltale.registry.NewCredential;
import io.telltale.registry.Registry;
import io.telltale.registry.TokenEnrollment;
import io.telltale.registry.TokenRefusal;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.Principal;
import io.telltale.roster.Protection;
import io.telltale.roster.RevocationReason;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Says in the registry's words what the authority wants, and the other way round. */
final class RegistryRegister implements CredentialRegister {
  // RFC 5280 section 5.3.1.
  private static final int UNSPECIFIED = 0;
  private static final int KEY_COMPROMISE = 1;
  private static final int CA_COMPROMISE = 2;
  private static final int SUPERSEDED = 4;
  private static final int CESSATION_OF_OPERATION = 5;

  private final Registry registry;
  private final InstantSource clock;

  RegistryRegister(Registry registry, InstantSource clock) {
    this.registry = registry;
    this.clock = clock;
  }

  @Override
  public TokenStanding token(DeviceId device, Hash tokenHash, SourceBlock source) {
    return registry
        .checkToken(device, tokenHash, source)
        .map(
            why ->
                switch (why) {
                  // One answer for both: nobody learns which devices there are.
                  case UNKNOWN_TOKEN, UNKNOWN_DEVICE -> TokenStanding.UNKNOWN;
                  case WRONG_DEVICE -> TokenStanding.OTHER_DEVICE;
                  case ALREADY_SPENT -> TokenStanding.SPENT;
                  case EXPIRED -> TokenStanding.EXPIRED;
                  case VOIDED -> TokenStanding.VOIDED;
                  case DEVICE_STATE -> TokenStanding.DEVICE_NOT_ADMITTED;
                })
        .orElse(TokenStanding.GOOD);
  }

  @Override
  public Optional<SpiffeId> renewable(Fingerprint credential) {
    Instant now = clock.instant();
    return registry
        .view()
        .byCredential(credential)
        .filter(identity -> identity.mayConnect(now))
        .map(Identity::id);
  }

  @Override
  public Optional<SpiffeId> ended(Fingerprint credential) {
    return registry
        .owner(credential)
        .filter(identity -> identity.credentialState().usable())
        .map(Identity::id)
        .filter(id -> id.kind() == SpiffeId.Kind.DEVICE || id.kind() == SpiffeId.Kind.GATEWAY);
  }

  @Override
  public Recorded record(Issuance issuance) {
    NewCredential credential = credential(issuance);
    SpiffeId subject = issuance.subject();
    return switch (issuance.by()) {
      case Entitlement.Token(var hash, var source) ->
          recorded(
              registry.enroll(
                  new TokenEnrollment.Wanted(
                      new DeviceId(subject.tenant(), subject.name()),
                      hash,
                      credential,
                      "est-token",
                      source)));
      case Entitlement.Renewal(var old, var overlap) ->
          recorded(registry.renewCredential(old, credential, overlap));
      case Entitlement.Operator(var actor) ->
          recorded(registry.addCredential(subject, credential, new Act(actor, "operator")));
    };
  }

  @Override
  public Remaining remaining(Set<Fingerprint> issuers) {
    List<IssuerCredentials.Good> good =
        registry.ofIssuers().good().entrySet().stream()
            .filter(one -> issuers.contains(one.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    return new Remaining(
        good.stream().mapToLong(IssuerCredentials.Good::count).sum(),
        good.stream()
            .map(IssuerCredentials.Good::until)
            .max(Instant::compareTo)
            .orElse(Instant.EPOCH));
  }

  @Override
  public boolean hasIssued() {
    return registry.hasCredentials();
  }

  @Override
  public List<RevokedCertificate> revoked(Fingerprint issuer) {
    return registry.revoked().all(issuer).stream().map(RegistryRegister::line).toList();
  }

  @Override
  public List<RevokedCertificate> revokedSince(Fingerprint issuer, Instant since) {
    return registry.revoked().since(issuer, since).stream().map(RegistryRegister::line).toList();
  }

  @Override
  public List<RevokedCertificate> revokedOf(Fingerprint issuer, String digits) {
    return registry.revoked().of(issuer, digits).stream().map(RegistryRegister::line).toList();
  }

  @Override
  public CredentialStatus status(BigInteger serial, Set<Fingerprint> issuers) {
    Instant now = clock.instant();
    Optional<CredentialRecord> found = find(serial, issuers);
    if (found.isEmpty()) {
      return new CredentialStatus.Unknown();
    }
    CredentialRecord credential = found.get();
    return credential.isTakenBack(now)
        ? new CredentialStatus.Revoked(line(credential))
        : new CredentialStatus.Good();
  }

  @Override
  public Optional<Life> life(BigInteger serial, Set<Fingerprint> issuers) {
    return find(serial, issuers)
        .filter(one -> one.state() == CredentialState.ACTIVE)
        .map(
            one ->
                new Life(
                    one.notBefore(),
                    one.notAfter(),
                    registry.owner(one.fingerprint()).map(this::scope).orElse(CaScope.ALL),
                    registry.rekeys().turn(one)));
  }

  private CaScope scope(Identity owner) {
    return scope(owner.id(), owner.asset());
  }

  private static CaScope scope(SpiffeId id, AssetRecord asset) {
    return CaScope.of(id.tenant(), asset.environment()).orElse(CaScope.ALL);
  }

  @Override
  public CaScope scope(SpiffeId device) {
    return registry
        .view()
        .byDevice(new DeviceId(device.tenant(), device.name()))
        .map(Identity::asset)
        .or(() -> registry.find(device).map(Principal::asset))
        .map(asset -> scope(device, asset))
        .orElse(CaScope.ALL);
  }

  private Optional<CredentialRecord> find(BigInteger serial, Set<Fingerprint> issuers) {
    return registry.credentialsOfSerial(serial.toString(16)).stream()
        .filter(one -> issuers.contains(one.issuer()))
        .findFirst();
  }

  @Override
  public void refused(SpiffeId device, Map<String, String> details, SourceBlock source) {
    registry.credentialRefused(device, details, source);
  }

  @Override
  public void renewalRefused(SpiffeId device, String why) {
    registry.renewals().refused(device, why);
  }

  private static NewCredential credential(Issuance issuance) {
    X509Certificate certificate = issuance.certificate();
    return new NewCredential(
        Bytes.adopt(Certificates.der(certificate)),
        Certificates.fingerprint(issuance.issuer()),
        certificate.getSerialNumber().toString(16),
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant(),
        Hash.sha256(certificate.getPublicKey().getEncoded()),
        Protection.UNKNOWN);
  }

  private static RevokedCertificate line(CredentialRecord ended) {
    var serial = new BigInteger(ended.serial(), 16);
    Instant revoked =
        ended.state() == CredentialState.REVOKED
            ? ended.revoked().orElse(ended.issued())
            : Instant.MAX;
    int reason = ended.revokedReason().map(RegistryRegister::code).orElse(UNSPECIFIED);
    // It was over with its overlap: what became of its owner later makes it good no longer.
    return ended
        .retiringUntil()
        .filter(end -> end.isBefore(revoked))
        .map(
            end ->
                new RevokedCertificate(
                    serial, end, reason == KEY_COMPROMISE ? KEY_COMPROMISE : SUPERSEDED))
        .orElseGet(() -> new RevokedCertificate(serial, revoked, reason));
  }

  private static int code(RevocationReason reason) {
    return switch (reason) {
      case COMPROMISED -> KEY_COMPROMISE;
      case SUPERSEDED, NEVER_USED, RENEWED_TWICE -> SUPERSEDED;
      case RETIRED -> CESSATION_OF_OPERATION;
      case READMITTED -> UNSPECIFIED;
      case CA_REVOKED -> CA_COMPROMISE;
    };
  }

  private static Recorded recorded(TokenEnrollment enrollment) {
    return switch (enrollment) {
      case TokenEnrollment.Enrolled enrolled -> Recorded.DONE;
      case TokenEnrollment.CredentialRefused(var why) -> recorded(why);
      case TokenEnrollment.TokenRefused(TokenRefusal why) ->
          switch (why) {
            case ALREADY_SPENT -> Recorded.TOKEN_SPENT;
            case EXPIRED -> Recorded.TOKEN_EXPIRED;
            case DEVICE_STATE -> Recorded.DEVICE_NOT_ADMITTED;
            case UNKNOWN_TOKEN, UNKNOWN_DEVICE, WRONG_DEVICE, VOIDED -> Recorded.TOKEN_REFUSED;
          };
    };
  }

  private static Recorded recorded(CredentialChange change) {
    return switch (change) {
      case CredentialChange.Done done -> Recorded.DONE;
      case CredentialChange.Unchanged unchanged -> Recorded.DONE;
      case CredentialChange.Refused(var why) -> recorded(why);
    };
  }

  private static Recorded recorded(CredentialChange.Reason why) {
    return switch (why) {
      case KEY_KNOWN, CERTIFICATE_KNOWN -> Recorded.KEY_ALREADY_USED;
      case PRINCIPAL_STATE -> Recorded.DEVICE_NOT_ADMITTED;
      case TOO_OFTEN -> Recorded.RENEWED_TOO_OFTEN;
      case EXPIRED -> Recorded.ENDED;
      case UNKNOWN_PRINCIPAL, UNKNOWN_CREDENTIAL, CREDENTIAL_STATE, REPLACED ->
          Recorded.NOT_ENTITLED;
    };
  }
}
