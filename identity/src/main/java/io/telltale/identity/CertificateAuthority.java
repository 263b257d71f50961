package io.telltale.identity;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SigningKey;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateIssuer.Authority;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.ListScope;
import io.telltale.crypto.x509.StatusPlaces;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.identity.CredentialRegister.Entitlement;
import io.telltale.identity.CredentialRegister.Issuance;
import io.telltale.identity.CredentialRegister.Recorded;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Our roots and issuing CAs under {@code ca/}: one of each is made at the first start, others
 * follow them ({@link CaRollover}). The active issuing CA signs; a root's sealed key may be copied
 * away and removed from the folder, and is needed again to prepare, extend or revoke an issuing CA
 * and once a year for its list. Thread-safe.
 */
public final class CertificateAuthority {
  /** So long before its end the issuing CA's certificate is extended. */
  public static final Duration ISSUING_RENEWED_BEFORE = Duration.ofDays(183);

  /** So long before its end the root's CRL is made again. */
  public static final Duration ROOT_CRL_RENEWED_BEFORE = Duration.ofDays(92);

  private static final int SERIAL_BITS = 128;

  private final Setup setup;
  private final CaFolder files;
  private final CrlNumbers numbers;
  private volatile Cas cas;
  private long acts;
  private List<CaAct> untold;

  /**
   * What the authority is made of.
   *
   * @param trustDomain part of the CAs' names
   * @param statusUrl where others reach what is said of certificates, without a slash at its end;
   *     certificates say so
   */
  public record Setup(
      String trustDomain,
      Optional<String> statusUrl,
      CredentialRegister register,
      Entropy entropy,
      InstantSource clock) {}

  private CertificateAuthority(Setup setup, CaFolder files) {
    this.setup = setup;
    this.files = files;
    this.numbers = new CrlNumbers(files);
    CaStates states = files.states().orElseThrow();
    this.cas = Cas.read(files, states);
    this.acts = states.acts();
    this.untold = states.untold();
  }

  /**
   * Opens the authority in {@code folder} or makes it, if nothing was ever issued or its file
   * {@code make-new} says so, and renews what is due. Whoever opened one that was made anew tells
   * of it and then calls {@link #toldOfAnew}. Throws {@link CorruptException} when the files do not
   * belong together or the issuing key is gone, and {@link UnavailableException} when the clock is
   * outside of what the root is good for.
   */
  public static CertificateAuthority open(Path folder, KeyWrap wrap, Setup setup) {
    return open(folder, wrap, Optional.empty(), setup);
  }

  /** The same with a token, in which the keys of CAs are made from now on. */
  public static CertificateAuthority open(
      Path folder, KeyWrap wrap, Optional<CaToken> token, Setup setup) {
    var files = new CaFolder(folder, wrap, token);
    new CaFounding(files, setup).run();
    var authority = new CertificateAuthority(setup, files);
    authority.requireTime(authority.root());
    authority.renew();
    authority.requireTime(authority.issuing());
    return authority;
  }

  /** What {@link #open} looks at, of a folder whether or not it is in use. */
  public static StoreCheck check(Path folder, KeyWrap wrap, Optional<CaToken> token) {
    return new CaCheck(new CaFolder(folder, wrap, token));
  }

  // Said at the start, since nobody could connect: neither a device nor the operator.
  private void requireTime(X509Certificate certificate) {
    Instant now = setup.clock().instant();
    Instant from = certificate.getNotBefore().toInstant();
    Instant to = certificate.getNotAfter().toInstant();
    if (!now.isBefore(from) && !now.isAfter(to)) {
      return;
    }
    String what =
        "%s in %s is good from %s to %s, and this machine's clock says %s: if the clock is wrong,"
            .formatted(
                certificate.equals(root()) ? "the root CA" : "the issuing CA",
                files.path(),
                from,
                to,
                now.truncatedTo(ChronoUnit.SECONDS));
    String remedy =
        certificate.equals(root())
            ? "if it is right, move %s aside, put a file %s in its place and start again: a"
                    .formatted(files.path(), files.path().resolve(CaFolder.MAKE_NEW))
                + " new CA is made, and every device"
                + " enrolls again with a new token (docs/operating.md, \"Certificates and keys"
                + " that end\")"
            : "if it is right, put root.key.sealed back into %s and start again"
                .formatted(files.path());
    throw new UnavailableException(what + " set it and start again; " + remedy);
  }

  /** What came of looking after what the root signed. */
  public sealed interface Upkeep {
    /** Nothing was due. */
    record Nothing() implements Upkeep {}

    /** These were renewed. */
    record Renewed(List<String> names) implements Upkeep {
      public Renewed {
        names = List.copyOf(names);
      }
    }

    /** Something is due, and the root's key is not in {@code folder}. */
    record RootKeyAway(Path folder) implements Upkeep {}
  }

  /**
   * Extends the issuing CA's certificate and makes the roots' CRLs again, each when it is time. The
   * extended certificate has the same name, key and beginning, so that everything that was signed
   * under the one before leads to it, too.
   */
  public synchronized Upkeep renew() {
    Instant now = setup.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    var names = new ArrayList<String>();
    boolean isAway = false;
    for (RootCa root : cas.roots()) {
      boolean listDue = root.stage().state() != CaState.REVOKED && isListDue(root, now);
      List<IssuingCa> due =
          cas.issuing().stream()
              .filter(one -> one.root().equals(root.id()) && isExtensionDue(one, root, now))
              .toList();
      if (!listDue && due.isEmpty()) {
        continue;
      }
      Optional<SigningKey> key = files.key(root.id());
      if (key.isEmpty()) {
        // Of one that was followed nothing depends on it, nor does it hurry to name who retired.
        isAway |=
            root.stage().state() == CaState.ACTIVE
                && (!due.isEmpty() || isListNearEnd(root, now) || cas.lacksRevoked(root));
        continue;
      }
      var signer = new CertificateIssuer(root.certificate(), key.get());
      for (IssuingCa one : due) {
        extend(one, root, signer, now);
        names.add(one.id());
      }
      if (listDue) {
        renewList(root, signer, now);
        names.add(root.id() + CaFolder.LIST);
      }
    }
    if (!names.isEmpty()) {
      return new Upkeep.Renewed(names);
    }
    return isAway ? new Upkeep.RootKeyAway(files.path()) : new Upkeep.Nothing();
  }

  private static boolean isExtensionDue(IssuingCa one, RootCa root, Instant now) {
    Instant end = one.certificate().getNotAfter().toInstant();
    boolean isSigning =
        one.stage().state() == CaState.ACTIVE || one.stage().state() == CaState.PREPARED;
    return isSigning
        && !now.isBefore(end.minus(ISSUING_RENEWED_BEFORE))
        && end.isBefore(root.certificate().getNotAfter().toInstant());
  }

  private boolean isListDue(RootCa root, Instant now) {
    return isListNearEnd(root, now) || cas.isListBehind(root);
  }

  // From the future as well: a clock was wrong when it was made, and nobody takes it now.
  private static boolean isListNearEnd(RootCa root, Instant now) {
    Instant end = ListFacts.of(root.crl()).orElseThrow().nextUpdate();
    return !now.isBefore(end.minus(ROOT_CRL_RENEWED_BEFORE))
        || now.isBefore(end.minus(CaFounding.ROOT_CRL_LIFE));
  }

  private void renewList(RootCa root, CertificateIssuer signer, Instant now) {
    BigInteger next = ListFacts.of(root.crl()).orElseThrow().number().add(BigInteger.ONE);
    Bytes list = signer.crl(next, now, now.plus(CaFounding.ROOT_CRL_LIFE), cas.revokedBelow(root));
    files.write(root.id() + CaFolder.LIST, list.toArray());
    cas = cas.withRoot(root.id(), one -> one.with(list));
  }

  private void extend(IssuingCa old, RootCa root, CertificateIssuer signer, Instant now) {
    Instant end = now.plus(CaFounding.ISSUING_LIFE);
    Instant rootEnd = root.certificate().getNotAfter().toInstant();
    X509Certificate extended =
        signer.issueAuthority(
            new Authority(
                CaFounding.issuingName(old.id(), setup.trustDomain()),
                serial(setup.entropy()),
                old.certificate().getNotBefore().toInstant(),
                end.isBefore(rootEnd) ? end : rootEnd),
            old.certificate().getPublicKey());
    IssuingCa next = old.extended(extended, files.key(old.id()).orElseThrow());
    files.certificates(old.id(), next.certificates());
    cas = cas.withIssuing(one -> one.id().equals(old.id()) ? next : one);
  }

  /** Whether this CA took the place of one that was in use, and nobody was told yet. */
  public boolean isUntoldAnew() {
    return files.isBegun(root());
  }

  /** It is told: a later loss is not to be made anew without a word. */
  public void toldOfAnew() {
    files.madeAnew();
  }

  /** What was done to CAs and no event tells yet; {@link #told} says that it does. */
  public synchronized List<CaAct> untold() {
    return untold;
  }

  /** Events tell these. */
  public synchronized void told(List<CaAct> those) {
    if (!those.isEmpty()) {
      List<CaAct> left = untold.stream().filter(act -> !those.contains(act)).toList();
      files.states(cas.states(acts, left));
      untold = left;
    }
  }

  /** To prepare, activate, retire and revoke CAs. */
  public CaRollover rollover() {
    return new CaRollover(this);
  }

  /** To ask a root that is kept apart, and to take its answer. */
  public CaCeremony ceremony() {
    return new CaCeremony(this);
  }

  // From here on a file of a CA that no state names is of an act that was cut short.
  synchronized void settle() {
    files.states(cas.states(acts, untold));
  }

  // What holds from now on, also across a crash, and an event is to tell.
  synchronized void become(Cas next, List<CaAct> done) {
    var all = new ArrayList<>(untold);
    long number = acts;
    for (CaAct act : done) {
      number++;
      all.add(act.numbered(number));
    }
    files.states(next.states(number, all));
    acts = number;
    untold = List.copyOf(all);
    cas = next;
  }

  /** How many acts there were ever, so that an older copy of the folder is told from a newer. */
  public synchronized long acts() {
    return acts;
  }

  CaFolder files() {
    return files;
  }

  Setup setup() {
    return setup;
  }

  Cas cas() {
    return cas;
  }

  /** Until when the active root's CRL is good. */
  public Instant rootCrlEnds() {
    return ListFacts.of(cas.activeRoot().crl()).orElseThrow().nextUpdate();
  }

  /** The root above the issuing CA that signs now. */
  public X509Certificate root() {
    return cas.activeRoot().certificate();
  }

  /** Roots that others are to trust, the active one first. */
  public List<X509Certificate> roots() {
    return cas.trustedRoots();
  }

  /** The same and those that were retired: what was signed under them stays proven. */
  public List<X509Certificate> provingRoots() {
    return cas.provingRoots();
  }

  /** When the first root of all began. */
  public Instant founded() {
    return founder().getNotBefore().toInstant();
  }

  /** The first root of all, by which one such authority is told from another. */
  public X509Certificate founder() {
    return cas.roots().getFirst().certificate();
  }

  /** The newest certificate of the issuing CA that signs now. */
  public X509Certificate issuing() {
    return cas.active().certificate();
  }

  /** What clients are to know: CAs that are trusted, and what leads from root to root. */
  List<X509Certificate> published() {
    return cas.published();
  }

  /** What roots that are not revoked say of the CAs below them: DER. */
  public List<Bytes> rootLists() {
    return cas.roots().stream()
        .filter(root -> root.stage().state() != CaState.REVOKED)
        .map(RootCa::crl)
        .toList();
  }

  /** {@code leaf} and what is between it and its root. */
  public List<X509Certificate> chain(X509Certificate leaf) {
    return List.of(leaf, issuing());
  }

  /**
   * The same with the issuing CA's certificate of that fingerprint, if there ever was such a one.
   */
  public List<X509Certificate> chain(X509Certificate leaf, Fingerprint issuer) {
    return cas.find(issuer).stream()
        .flatMap(ca -> ca.certificates().stream())
        .filter(one -> Certificates.fingerprint(one).equals(issuer))
        .findFirst()
        .map(found -> List.of(leaf, found))
        .orElseGet(() -> chain(leaf));
  }

  /** The issuing CA's certificate of that fingerprint and its root's; none for none of ours. */
  public List<X509Certificate> above(Fingerprint issuer) {
    Cas now = cas;
    return now.find(issuer).stream()
        .flatMap(
            ca ->
                Stream.concat(
                    ca.certificates().stream()
                        .filter(one -> Certificates.fingerprint(one).equals(issuer)),
                    Stream.of(now.root(ca.root()).certificate())))
        .toList();
  }

  /** As {@link #chain}, and what leads on to older roots, for peers that have only those. */
  List<X509Certificate> shown(X509Certificate leaf, X509Certificate issuer) {
    Fingerprint name = Certificates.fingerprint(issuer);
    var shown = new ArrayList<>(chain(leaf, name));
    cas.find(name).ifPresent(ca -> shown.addAll(cas.crosses(ca.root(), setup.clock().instant())));
    return List.copyOf(shown);
  }

  /**
   * What our own listeners trust: issuing CAs by themselves, since many clients show their own
   * certificate only, and since a root that is trusted must bring no CA back that was retired.
   */
  public TrustedRoots trust() {
    return cas.trust();
  }

  /** Whether {@code chain} may ask for its next certificate: see {@link RenewalCheck}. */
  public TrustedRoots.Verdict checkForRenewal(List<X509Certificate> chain) {
    return RenewalCheck.check(trust(), chain, setup.clock().instant());
  }

  boolean hasEnded(X509Certificate leaf) {
    return !setup.clock().instant().isBefore(leaf.getNotAfter().toInstant());
  }

  /** What came of a request to issue. */
  public sealed interface Issued {
    /** It is signed, checked and recorded. */
    record Certificate(X509Certificate leaf, X509Certificate issuer) implements Issued {}

    /** The registry would not have it; nothing leaves. */
    record Refused(Recorded why) implements Issued {}
  }

  /**
   * Signs a certificate for {@code key}, reads it back against its profile and records it; only
   * then it is returned. Throws {@link io.telltale.kernel.UnavailableException} when the registry
   * cannot record now.
   */
  public Issued issue(Profile profile, PublicKey key, Entitlement by) {
    return issue(cas.active(scope(profile.id())), profile, key, by);
  }

  // Services and people are of no environment.
  private CaScope scope(SpiffeId id) {
    return id.kind() == SpiffeId.Kind.DEVICE || id.kind() == SpiffeId.Kind.GATEWAY
        ? setup.register().scope(id)
        : CaScope.ALL;
  }

  /** The same by the issuing CA {@code id}, whether or not it signs for others any more. */
  Issued issueUnder(String id, Profile profile, PublicKey key, Entitlement by) {
    return issue(cas.find(id).orElseThrow(), profile, key, by);
  }

  private Issued issue(IssuingCa ca, Profile profile, PublicKey key, Entitlement by) {
    CertificateIssuer issuer = ca.issuer();
    Instant now = setup.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    BigInteger serial = serial(setup.entropy());
    Instant end = now.plus(profile.validity());
    Instant issuerEnd = issuer.certificate().getNotAfter().toInstant();
    X509Certificate leaf =
        issuer.issue(
            new CertificateTemplate(
                profile.id().name(),
                key,
                serial,
                now.minus(ProfileCheck.BACKDATED),
                end.isBefore(issuerEnd) ? end : issuerEnd,
                profile.names(),
                profile.usages(),
                // Of the one who answers nobody asks.
                profile.usages().contains(Usage.OCSP_SIGNING)
                    ? Optional.empty()
                    : setup.statusUrl().map(url -> status(url, ca.id(), serial))));
    Optional<String> fault = ProfileCheck.fault(leaf, profile, key, issuer.certificate());
    if (fault.isPresent()) {
      throw new IllegalStateException("a signed certificate is not as its profile: " + fault.get());
    }
    Recorded recorded =
        setup.register().record(new Issuance(profile.id(), leaf, issuer.certificate(), by));
    return recorded == Recorded.DONE
        ? new Issued.Certificate(leaf, issuer.certificate())
        : new Issued.Refused(recorded);
  }

  private static StatusPlaces status(String url, String ca, BigInteger serial) {
    return new StatusPlaces(url + CrlShard.of(serial).path(ca), url + OcspHandler.PATH);
  }

  Optional<String> statusUrl() {
    return setup.statusUrl();
  }

  /** A signed CRL of {@code ca}, numbered above every one before, whatever the clock says. */
  Bytes crl(
      IssuingCa ca,
      ListScope scope,
      Instant thisUpdate,
      Instant nextUpdate,
      Collection<CertificateIssuer.Revoked> lines) {
    BigInteger number = numbers.next(ca.id(), setup.clock().millis());
    return ca.issuer().crl(scope, number, thisUpdate, nextUpdate, lines);
  }

  static BigInteger serial(Entropy entropy) {
    // The top bit set keeps the length constant and the number away from zero.
    return new BigInteger(1, entropy.array(SERIAL_BITS / 8)).setBit(SERIAL_BITS - 1);
  }
}
