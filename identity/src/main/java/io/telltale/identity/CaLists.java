package io.telltale.identity;

import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.ListScope;
import io.telltale.identity.CredentialRegister.RevokedCertificate;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** The revocation lists of one issuing CA: the whole one, the delta and the parts. Thread-safe. */
final class CaLists {
  private static final Duration LIFE = Duration.ofHours(24);
  private static final Duration DELTA_LIFE = Duration.ofHours(1);

  /** Revocations have times, and a clock that is set back a little must lose none. */
  private static final Duration CLOCK_SLACK = Duration.ofMinutes(5);

  /** How long a list is kept at least, in times that it took to make, and each of the parts. */
  private static final int COST = 100;

  private static final int PART_COST = 1_000;

  private final String ca;
  private final Parts parts;
  private final TimedList whole;
  private final TimedList delta;
  private final AtomicReferenceArray<TimedList> shards = new AtomicReferenceArray<>(CrlShard.COUNT);

  /**
   * What they are made of.
   *
   * @param changes how many revocations there were
   */
  record Parts(
      CertificateAuthority authority,
      CredentialRegister register,
      TimedList.Clocks clocks,
      LongSupplier changes) {}

  CaLists(String ca, Parts parts) {
    this.ca = ca;
    this.parts = parts;
    this.whole = list(new TimedList.Terms(LIFE, COST), this::makeWhole);
    this.delta = list(new TimedList.Terms(DELTA_LIFE, COST), this::makeDelta);
  }

  static String path(String ca) {
    return "/crl/" + ca + ".crl";
  }

  static String deltaPath(String ca) {
    return "/crl/" + ca + "-delta.crl";
  }

  private TimedList list(TimedList.Terms terms, Function<Instant, Bytes> maker) {
    return new TimedList(parts.clocks(), terms, parts.changes(), maker);
  }

  /** All of them. */
  Bytes whole() {
    return whole.newest();
  }

  /** Makes the whole one again in time, whether or not anybody asks. */
  void keepGood() {
    whole.keepGood();
  }

  /** Until when the whole list that was made last is good; makes the first one, and no other. */
  Instant wholeEnds() {
    return ListFacts.of(whole.last()).orElseThrow().nextUpdate();
  }

  /** What came since any whole list that is good. */
  Bytes delta() {
    return delta.newest();
  }

  /** The part for certificates that name it, under {@code url}. */
  Bytes shard(CrlShard shard, String url) {
    TimedList known = shards.get(shard.index());
    if (known != null) {
      return known.newest();
    }
    TimedList made = list(new TimedList.Terms(LIFE, PART_COST), now -> makeShard(shard, url, now));
    return (shards.compareAndSet(shard.index(), null, made) ? made : shards.get(shard.index()))
        .newest();
  }

  private Bytes makeWhole(Instant now) {
    Optional<String> freshest = parts.authority().statusUrl().map(url -> url + deltaPath(ca));
    return signed(
        new ListScope.Full(freshest), now, now.plus(LIFE), lines(parts.register()::revoked));
  }

  private Bytes makeDelta(Instant now) {
    // Others have any whole list that is still good. A number is no lower than the time when its
    // list was made, so that this one is below all of theirs, and nothing that they lack is left
    // out.
    Instant since = now.minus(LIFE).minus(CLOCK_SLACK);
    return signed(
        new ListScope.Delta(BigInteger.valueOf(since.toEpochMilli())),
        now,
        now.plus(DELTA_LIFE),
        lines(issuer -> parts.register().revokedSince(issuer, since)));
  }

  private Bytes makeShard(CrlShard shard, String url, Instant now) {
    return signed(
        new ListScope.Shard(url + shard.path(ca)),
        now,
        now.plus(LIFE),
        lines(issuer -> parts.register().revokedOf(issuer, shard.digits())));
  }

  private Bytes signed(ListScope scope, Instant from, Instant to, List<Revoked> lines) {
    return parts.authority().crl(issuer(), scope, from, to, lines);
  }

  private IssuingCa issuer() {
    return parts.authority().cas().find(ca).orElseThrow();
  }

  // The registry files a certificate under the issuer's certificate of its time.
  private List<Revoked> lines(Function<Fingerprint, List<RevokedCertificate>> query) {
    return issuer().certificates().stream()
        .flatMap(issuer -> query.apply(Certificates.fingerprint(issuer)).stream())
        .map(line -> new Revoked(line.serial(), line.when(), line.reason()))
        .toList();
  }
}
