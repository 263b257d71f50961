package io.telltale.identity;

import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A register that forgets at the end of the test and fails when told to. */
final class MemoryRegister implements CredentialRegister {
  final Map<Fingerprint, Issuance> issued = new HashMap<>();
  final List<@Nullable String> refusals = new ArrayList<>();
  final List<String> renewalsRefused = new ArrayList<>();
  final List<RevokedCertificate> revoked = new ArrayList<>();
  private final Map<Hash, Token> tokens = new HashMap<>();
  private final Set<Hash> spent = new HashSet<>();
  private final Set<DeviceId> shut = new HashSet<>();
  private final Set<Fingerprint> unusable = new HashSet<>();
  final Set<Fingerprint> returning = new HashSet<>();

  /** Of every device. */
  CaScope scope = CaScope.ALL;

  final Map<Fingerprint, Instant> turns = new HashMap<>();
  private final Set<Bytes> keys = new HashSet<>();
  boolean unavailable;
  boolean damaged;
  private final InstantSource clock;

  MemoryRegister(InstantSource clock) {
    this.clock = clock;
  }

  private record Token(DeviceId device, Instant expires) {}

  synchronized void addToken(DeviceId device, String token, Instant expires) {
    tokens.put(Enrollment.tokenHash(token), new Token(device, expires));
  }

  synchronized void shut(DeviceId device) {
    shut.add(device);
  }

  synchronized void revoke(Fingerprint credential, BigInteger serial, Instant when, int reason) {
    unusable.add(credential);
    revoked.add(new RevokedCertificate(serial, when, reason));
  }

  @Override
  public CaScope scope(SpiffeId device) {
    return scope;
  }

  @Override
  public synchronized void renewalRefused(SpiffeId device, String why) {
    renewalsRefused.add(device.name() + " " + why);
  }

  @Override
  public synchronized Remaining remaining(Set<Fingerprint> issuers) {
    List<Instant> ends =
        issued.entrySet().stream()
            .filter(one -> !unusable.contains(one.getKey()))
            .map(Map.Entry::getValue)
            .filter(one -> one.subject().kind() != SpiffeId.Kind.SERVICE)
            .filter(one -> issuers.contains(Certificates.fingerprint(one.issuer())))
            .map(one -> one.certificate().getNotAfter().toInstant())
            .filter(clock.instant()::isBefore)
            .toList();
    return new Remaining(ends.size(), ends.stream().max(Instant::compareTo).orElse(Instant.EPOCH));
  }

  @Override
  public synchronized boolean hasIssued() {
    return !issued.isEmpty();
  }

  @Override
  public synchronized TokenStanding token(DeviceId device, Hash hash, SourceBlock source) {
    checkAvailable();
    Instant now = clock.instant();
    Token token = tokens.get(hash);
    if (token == null) {
      return TokenStanding.UNKNOWN;
    }
    if (!token.device().equals(device)) {
      return TokenStanding.OTHER_DEVICE;
    }
    if (spent.contains(hash)) {
      return TokenStanding.SPENT;
    }
    if (!now.isBefore(token.expires())) {
      return TokenStanding.EXPIRED;
    }
    return shut.contains(device) ? TokenStanding.DEVICE_NOT_ADMITTED : TokenStanding.GOOD;
  }

  @Override
  public synchronized Optional<SpiffeId> renewable(Fingerprint credential) {
    return unusable.contains(credential)
        ? Optional.empty()
        : Optional.ofNullable(issued.get(credential)).map(Issuance::subject);
  }

  @Override
  public synchronized Optional<SpiffeId> ended(Fingerprint credential) {
    return renewable(credential);
  }

  @Override
  public synchronized Recorded record(Issuance issuance) {
    checkAvailable();
    if (!keys.add(Bytes.copyOf(issuance.certificate().getPublicKey().getEncoded()))) {
      return Recorded.KEY_ALREADY_USED;
    }
    if (issuance.by() instanceof Entitlement.Token(var hash, var source) && !spent.add(hash)) {
      return Recorded.TOKEN_SPENT;
    }
    if (issuance.by() instanceof Entitlement.Renewal(var old, var _)
        && !returning.contains(old)
        && !clock.instant().isBefore(end(old))) {
      return Recorded.ENDED;
    }
    issued.put(Certificates.fingerprint(issuance.certificate()), issuance);
    return Recorded.DONE;
  }

  @Override
  public synchronized List<RevokedCertificate> revoked(Fingerprint issuer) {
    checkAvailable();
    return List.copyOf(revoked);
  }

  @Override
  public synchronized List<RevokedCertificate> revokedSince(Fingerprint issuer, Instant since) {
    return revoked(issuer).stream().filter(one -> !one.when().isBefore(since)).toList();
  }

  @Override
  public synchronized List<RevokedCertificate> revokedOf(Fingerprint issuer, String digits) {
    return revoked(issuer).stream()
        .filter(one -> one.serial().toString(16).startsWith(digits))
        .toList();
  }

  @Override
  public synchronized CredentialStatus status(BigInteger serial, Set<Fingerprint> issuers) {
    checkAvailable();
    Optional<RevokedCertificate> line =
        revoked.stream().filter(one -> one.serial().equals(serial)).findFirst();
    if (line.isPresent()) {
      return new CredentialStatus.Revoked(line.get());
    }
    boolean known =
        issued.values().stream()
            .filter(one -> issuers.contains(Certificates.fingerprint(one.issuer())))
            .anyMatch(one -> one.certificate().getSerialNumber().equals(serial));
    return known ? new CredentialStatus.Good() : new CredentialStatus.Unknown();
  }

  @Override
  public synchronized Optional<Life> life(BigInteger serial, Set<Fingerprint> issuers) {
    return status(serial, issuers) instanceof CredentialStatus.Good
        ? issued.values().stream()
            .map(Issuance::certificate)
            .filter(one -> one.getSerialNumber().equals(serial))
            .map(
                one ->
                    new Life(
                        one.getNotBefore().toInstant(),
                        one.getNotAfter().toInstant(),
                        scope,
                        Optional.ofNullable(turns.get(Certificates.fingerprint(one)))))
            .findFirst()
        : Optional.empty();
  }

  @Override
  public synchronized void refused(
      SpiffeId device, Map<String, String> details, SourceBlock source) {
    refusals.add(details.get("why"));
  }

  private Instant end(Fingerprint credential) {
    Issuance issuance = issued.get(credential);
    return issuance == null ? Instant.MAX : issuance.certificate().getNotAfter().toInstant();
  }

  private void checkAvailable() {
    if (unavailable) {
      throw new UnavailableException("the test took the register away");
    }
    if (damaged) {
      throw new CorruptException("the test damaged the register");
    }
  }
}
