package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
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
import io.telltale.kernel.ShellQuoting;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
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

/**
 * A root and an issuing CA, made at the first start under {@code ca/}. The issuing CA signs; the
 * root's sealed key may be copied away and removed from the folder once both exist, and is needed
 * again only to make the next issuing CA. Thread-safe.
 */
public final class CertificateAuthority {
  /** So long before its end the issuing CA's certificate is extended. */
  public static final Duration ISSUING_RENEWED_BEFORE = Duration.ofDays(183);

  /** So long before its end the root's CRL is made again. */
  public static final Duration ROOT_CRL_RENEWED_BEFORE = Duration.ofDays(92);

  private static final Duration ROOT_LIFE = Duration.ofDays(3653);
  private static final Duration ISSUING_LIFE = Duration.ofDays(731);
  private static final Duration ROOT_CRL_LIFE = Duration.ofDays(366);
  private static final int SERIAL_BITS = 128;
  static final String CRL_NUMBER = "issuing.crl.number";

  private final Setup setup;
  private final CaFolder files;
  private final X509Certificate root;
  private final PrivateKey issuingKey;
  private volatile Issuers issuers;
  private volatile Bytes rootCrl;

  /** The issuing CA's certificates over its one key, the newest first, and the one that signs. */
  private record Issuers(CertificateIssuer issuer, List<X509Certificate> all) {}

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

  private CertificateAuthority(
      Setup setup, CaFolder files, X509Certificate root, PrivateKey issuingKey, Bytes rootCrl) {
    this.setup = setup;
    this.files = files;
    this.root = root;
    this.issuingKey = issuingKey;
    this.issuers = issuers(files.certificates("issuing"));
    this.rootCrl = rootCrl;
  }

  private Issuers issuers(List<X509Certificate> newestFirst) {
    return new Issuers(new CertificateIssuer(newestFirst.getFirst(), issuingKey), newestFirst);
  }

  /**
   * Opens the authority in {@code folder} or makes it, if nothing was ever issued or its file
   * {@code make-new} says so, and renews what is due. Whoever opened one that was made anew tells
   * of it and then calls {@link #toldOfAnew}. Throws {@link CorruptException} when the files do not
   * belong together or the issuing key is gone, and {@link UnavailableException} when the clock is
   * outside of what the root is good for.
   */
  public static CertificateAuthority open(Path folder, KeyWrap wrap, Setup setup) {
    var files = new CaFolder(folder, wrap);
    if (isToBeFounded(files, setup)) {
      found(files, setup);
    } else if (files.isUnused()) {
      files.removeIfMade();
      throw new CorruptException(lost(files.path()));
    }
    renewLostList(files, setup);
    requireWhole(files);
    X509Certificate root = files.certificates("root").getFirst();
    PrivateKey key = files.key("issuing").orElseThrow();
    Bytes rootCrl = Bytes.adopt(files.read("root.crl").orElseThrow());
    var authority = new CertificateAuthority(setup, files, root, key, rootCrl);
    authority.requireTime(authority.root);
    authority.renew();
    authority.requireTime(authority.issuing());
    return authority;
  }

  /** What {@link #open} looks at, of a folder whether or not it is in use. */
  public static StoreCheck check(Path folder, KeyWrap wrap) {
    return new CaCheck(new CaFolder(folder, wrap));
  }

  // Written last: without it nothing was issued. But what was lost later must not be made anew
  // without a word of the operator's: every device stands on it.
  private static boolean isToBeFounded(CaFolder files, Setup setup) {
    return files.read("issuing.crt.pem").isEmpty()
        && (!setup.register().hasIssued() || files.isToBeMadeAnew());
  }

  private static String lost(Path folder) {
    return ("%1$s/root.crt.pem is missing, and all else of the CA: put %1$s back from a backup of"
            + " the same data folder (docs/how-to/back-up-and-restore.md), devices and auditors"
            + " trust this CA only. Only where no copy is left, mkdir -p -m 700 %2$s; touch %3$s"
            + " has the next start make a new one: every device enrolls again then, and"
            + " what was sealed before is proven by proofs and the trust bundle of before only")
        .formatted(
            folder,
            ShellQuoting.quoted(folder.toString()),
            ShellQuoting.quoted(folder.resolve(CaFolder.MAKE_NEW).toString()));
  }

  // What was said of a new CA and does not count now is not to count for a later loss.
  private static void requireWhole(CaFolder files) {
    boolean passedOver = files.isSaid() && !(files.isBegun() && isNoOther(files));
    if (passedOver) {
      files.madeAnew();
    }
    try {
      new CaCheck(files).require();
    } catch (CorruptException e) {
      throw passedOver
          ? new CorruptException(
              ("%s (%s was deleted: it counts only where nothing else is left of the CA, so to have"
                      + " a new one made move %s aside first)")
                  .formatted(e.getMessage(), CaFolder.MAKE_NEW, files.path()))
          : e;
    }
  }

  // A CA that was put back over one half made: nobody made that one anew.
  private static boolean isNoOther(CaFolder files) {
    return files.certificates("root").stream().allMatch(files::isBegun);
  }

  // Its number must be above every one before, and nobody knows those: seconds are, by far.
  private static void renewLostList(CaFolder files, Setup setup) {
    if (files.read("root.crl").isPresent() || files.certificates("root").isEmpty()) {
      return;
    }
    Optional<PrivateKey> rootKey = files.key("root");
    if (rootKey.isPresent()) {
      Instant now = setup.clock().instant().truncatedTo(ChronoUnit.SECONDS);
      var signer = new CertificateIssuer(files.certificates("root").getFirst(), rootKey.get());
      BigInteger number = BigInteger.valueOf(now.getEpochSecond());
      files.write(
          "root.crl", signer.crl(number, now, now.plus(ROOT_CRL_LIFE), List.of()).toArray());
    }
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
                certificate.equals(root) ? "the root CA" : "the issuing CA",
                files.path(),
                from,
                to,
                now.truncatedTo(ChronoUnit.SECONDS));
    String remedy =
        certificate.equals(root)
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
   * Extends the issuing CA's certificate and makes the root's CRL again, each when it is time. The
   * extended certificate has the same name, key and beginning, so that everything that was signed
   * under the one before leads to it, too.
   */
  public synchronized Upkeep renew() {
    Instant now = setup.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    Instant issuingEnd = issuing().getNotAfter().toInstant();
    boolean issuingDue =
        !now.isBefore(issuingEnd.minus(ISSUING_RENEWED_BEFORE))
            && issuingEnd.isBefore(root.getNotAfter().toInstant());
    // From the future as well: a clock was wrong when it was made, and nobody takes it now.
    boolean listDue =
        !now.isBefore(rootCrlEnds().minus(ROOT_CRL_RENEWED_BEFORE))
            || now.isBefore(rootCrlEnds().minus(ROOT_CRL_LIFE));
    if (!issuingDue && !listDue) {
      return new Upkeep.Nothing();
    }
    Optional<PrivateKey> rootKey = files.key("root");
    if (rootKey.isEmpty()) {
      return new Upkeep.RootKeyAway(files.path());
    }
    var signer = new CertificateIssuer(root, rootKey.get());
    var names = new ArrayList<String>();
    if (issuingDue) {
      extendIssuing(signer, now);
      names.add("issuing");
    }
    if (listDue) {
      BigInteger next = ListFacts.of(rootCrl).orElseThrow().number().add(BigInteger.ONE);
      Bytes list = signer.crl(next, now, now.plus(ROOT_CRL_LIFE), List.of());
      files.write("root.crl", list.toArray());
      rootCrl = list;
      names.add("root.crl");
    }
    return new Upkeep.Renewed(names);
  }

  private void extendIssuing(CertificateIssuer signer, Instant now) {
    X509Certificate old = issuing();
    Instant end = now.plus(ISSUING_LIFE);
    Instant rootEnd = root.getNotAfter().toInstant();
    X509Certificate extended =
        signer.issueAuthority(
            new Authority(
                "Telltale issuing " + setup.trustDomain(),
                serial(setup.entropy()),
                old.getNotBefore().toInstant(),
                end.isBefore(rootEnd) ? end : rootEnd),
            old.getPublicKey());
    var all = new ArrayList<X509Certificate>();
    all.add(extended);
    all.addAll(issuers.all());
    files.certificates("issuing", all);
    issuers = issuers(List.copyOf(all));
  }

  /** Whether this CA took the place of one that was in use, and nobody was told yet. */
  public boolean isUntoldAnew() {
    return files.isBegun(root);
  }

  /** It is told: a later loss is not to be made anew without a word. */
  public void toldOfAnew() {
    files.madeAnew();
  }

  /** Until when the root's CRL is good. */
  public Instant rootCrlEnds() {
    return ListFacts.of(rootCrl).orElseThrow().nextUpdate();
  }

  /** Roots that others trust. */
  public List<X509Certificate> roots() {
    return List.of(root);
  }

  /** The issuing CA's newest certificate. */
  public X509Certificate issuing() {
    return issuers.issuer().certificate();
  }

  /** All certificates that the issuing CA's key had, the newest first. */
  List<X509Certificate> issuings() {
    return issuers.all();
  }

  /** {@code leaf} and what is between it and the root. */
  public List<X509Certificate> chain(X509Certificate leaf) {
    return List.of(leaf, issuing());
  }

  /** The same with the issuing CA's certificate of that fingerprint, if it ever had such a one. */
  public List<X509Certificate> chain(X509Certificate leaf, Fingerprint issuer) {
    return List.of(
        leaf,
        issuers.all().stream()
            .filter(one -> Certificates.fingerprint(one).equals(issuer))
            .findFirst()
            .orElseGet(this::issuing));
  }

  /**
   * What our own listeners trust: the issuing CA by itself too, since many clients show their own
   * certificate only.
   */
  public TrustedRoots trust() {
    return new TrustedRoots(List.of(issuing(), root));
  }

  /**
   * Whether {@code chain} may ask for its next certificate: as {@link TrustedRoots#check} says, but
   * one that begins later than now counts as of its begin. We sign nothing for later, so it was
   * made while our clock was ahead; no door takes it until then, and renewing is its holder's way
   * back.
   */
  public TrustedRoots.Verdict checkForRenewal(List<X509Certificate> chain) {
    TrustedRoots roots = trust();
    TrustedRoots.Verdict verdict = roots.check(chain, Usage.CLIENT, setup.clock().instant());
    boolean isEarly =
        verdict instanceof TrustedRoots.Verdict.Untrusted(var why)
            && why == TrustedRoots.Why.NOT_YET_VALID;
    return isEarly
        ? roots.check(chain, Usage.CLIENT, chain.getFirst().getNotBefore().toInstant())
        : verdict;
  }

  /** What came of a request to issue. */
  public sealed interface Issued {
    /** It is signed, checked and recorded. */
    record Certificate(X509Certificate leaf) implements Issued {}

    /** The registry would not have it; nothing leaves. */
    record Refused(Recorded why) implements Issued {}
  }

  /**
   * Signs a certificate for {@code key}, reads it back against its profile and records it; only
   * then it is returned. Throws {@link io.telltale.kernel.UnavailableException} when the registry
   * cannot record now.
   */
  public Issued issue(Profile profile, PublicKey key, Entitlement by) {
    CertificateIssuer issuer = issuers.issuer();
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
                    : setup.statusUrl().map(url -> status(url, serial))));
    Optional<String> fault = ProfileCheck.fault(leaf, profile, key, issuer.certificate());
    if (fault.isPresent()) {
      throw new IllegalStateException("a signed certificate is not as its profile: " + fault.get());
    }
    Recorded recorded =
        setup.register().record(new Issuance(profile.id(), leaf, issuer.certificate(), by));
    return recorded == Recorded.DONE ? new Issued.Certificate(leaf) : new Issued.Refused(recorded);
  }

  private static StatusPlaces status(String url, BigInteger serial) {
    return new StatusPlaces(url + CrlShard.of(serial).path(), url + OcspHandler.PATH);
  }

  Optional<String> statusUrl() {
    return setup.statusUrl();
  }

  /** A signed CRL of the issuing CA, numbered above every one before, whatever the clock says. */
  Bytes crl(
      ListScope scope,
      Instant thisUpdate,
      Instant nextUpdate,
      Collection<CertificateIssuer.Revoked> lines) {
    return issuers.issuer().crl(scope, nextCrlNumber(), thisUpdate, nextUpdate, lines);
  }

  // Alone held up by others: a list can take long to sign.
  private synchronized BigInteger nextCrlNumber() {
    BigInteger number = BigInteger.valueOf(setup.clock().millis()).max(afterLastCrl());
    // Before the list leaves: a number that was used must not come again.
    files.write(CRL_NUMBER, number.toString().getBytes(StandardCharsets.US_ASCII));
    return number;
  }

  private BigInteger afterLastCrl() {
    return files
        .read(CRL_NUMBER)
        .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
        .filter(text -> text.matches("[0-9]{1,39}"))
        .map(text -> new BigInteger(text).add(BigInteger.ONE))
        .orElse(BigInteger.ONE);
  }

  Bytes rootCrl() {
    return rootCrl;
  }

  /** The certificate of the issuing CA goes last: with it there, everything is. */
  private static void found(CaFolder files, Setup setup) {
    Instant now = setup.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    Instant start = now.minus(ProfileCheck.BACKDATED);
    KeyPair rootKey = EcdsaP256.generate();
    X509Certificate root =
        CertificateIssuer.selfSigned(
            new Authority(
                "Telltale root " + setup.trustDomain(),
                serial(setup.entropy()),
                start,
                now.plus(ROOT_LIFE)),
            rootKey.getPublic(),
            rootKey.getPrivate());
    var rootIssuer = new CertificateIssuer(root, rootKey.getPrivate());
    KeyPair issuingKey = EcdsaP256.generate();
    X509Certificate issuing =
        rootIssuer.issueAuthority(
            new Authority(
                "Telltale issuing " + setup.trustDomain(),
                serial(setup.entropy()),
                start,
                now.plus(ISSUING_LIFE)),
            issuingKey.getPublic());
    // Where nothing was issued before, it takes nobody's place, whatever was said.
    if (setup.register().hasIssued()) {
      files.beginAnew(root);
    }
    files.key("root", rootKey.getPrivate());
    files.certificates("root", List.of(root));
    files.write(
        "root.crl",
        rootIssuer.crl(BigInteger.ONE, start, now.plus(ROOT_CRL_LIFE), List.of()).toArray());
    files.key("issuing", issuingKey.getPrivate());
    files.certificates("issuing", List.of(issuing));
  }

  private static BigInteger serial(Entropy entropy) {
    // The top bit set keeps the length constant and the number away from zero.
    return new BigInteger(1, entropy.array(SERIAL_BITS / 8)).setBit(SERIAL_BITS - 1);
  }
}
