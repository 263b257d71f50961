package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateIssuer.Authority;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.identity.CredentialRegister.Entitlement;
import io.telltale.identity.CredentialRegister.Issuance;
import io.telltale.identity.CredentialRegister.Recorded;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A root and an issuing CA, made at the first start under {@code ca/}. The issuing CA signs; the
 * root's sealed key may be copied away and removed from the folder once both exist, and is needed
 * again only to make the next issuing CA. Thread-safe.
 */
public final class CertificateAuthority {
  private static final Duration ROOT_LIFE = Duration.ofDays(3653);
  private static final Duration ISSUING_LIFE = Duration.ofDays(731);
  private static final Duration ROOT_CRL_LIFE = Duration.ofDays(366);
  private static final int SERIAL_BITS = 128;

  private final Setup setup;
  private final CertificateIssuer issuer;
  private final X509Certificate root;
  private final Bytes rootCrl;

  /**
   * What the authority is made of.
   *
   * @param trustDomain part of the CAs' names
   * @param crlUri what certificates say about where the CRL is, if anything
   */
  public record Setup(
      String trustDomain,
      Optional<String> crlUri,
      CredentialRegister register,
      Entropy entropy,
      InstantSource clock) {}

  private CertificateAuthority(
      Setup setup, CertificateIssuer issuer, X509Certificate root, Bytes rootCrl) {
    this.setup = setup;
    this.issuer = issuer;
    this.root = root;
    this.rootCrl = rootCrl;
  }

  /**
   * Opens the authority in {@code folder} or makes it. Throws {@link CorruptException} when the
   * files do not belong together or the issuing key is gone.
   */
  public static CertificateAuthority open(Path folder, KeyWrap wrap, Setup setup) {
    var files = new CaFolder(folder, wrap);
    Optional<X509Certificate> issuing = files.certificate("issuing");
    if (issuing.isEmpty()) {
      found(files, setup);
      issuing = files.certificate("issuing");
    }
    X509Certificate root =
        files.certificate("root").orElseThrow(() -> new CorruptException("no root in " + folder));
    PrivateKey key =
        files.key("issuing").orElseThrow(() -> new CorruptException("no issuing key in " + folder));
    Bytes rootCrl =
        files
            .read("root.crl")
            .map(Bytes::adopt)
            .orElseThrow(() -> new CorruptException("no root CRL in " + folder));
    try {
      var issuer = new CertificateIssuer(issuing.orElseThrow(), key);
      return new CertificateAuthority(setup, issuer, root, rootCrl);
    } catch (IllegalArgumentException e) {
      throw new CorruptException("the issuing key in " + folder + " is not its certificate's", e);
    }
  }

  /** Roots that others trust. */
  public List<X509Certificate> roots() {
    return List.of(root);
  }

  public X509Certificate issuing() {
    return issuer.certificate();
  }

  /** {@code leaf} and what is between it and the root. */
  public List<X509Certificate> chain(X509Certificate leaf) {
    return List.of(leaf, issuer.certificate());
  }

  /**
   * What our own listeners trust: the issuing CA by itself too, since many clients show their own
   * certificate only.
   */
  public TrustedRoots trust() {
    return new TrustedRoots(List.of(issuer.certificate(), root));
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
    Instant now = setup.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    Instant end = now.plus(profile.validity());
    Instant issuerEnd = issuer.certificate().getNotAfter().toInstant();
    X509Certificate leaf =
        issuer.issue(
            new CertificateTemplate(
                profile.id().name(),
                key,
                serial(setup.entropy()),
                now.minus(ProfileCheck.BACKDATED),
                end.isBefore(issuerEnd) ? end : issuerEnd,
                profile.names(),
                profile.usages(),
                setup.crlUri()));
    Optional<String> fault = ProfileCheck.fault(leaf, profile, key, issuer.certificate());
    if (fault.isPresent()) {
      throw new IllegalStateException("a signed certificate is not as its profile: " + fault.get());
    }
    Recorded recorded =
        setup.register().record(new Issuance(profile.id(), leaf, issuer.certificate(), by));
    return recorded == Recorded.DONE ? new Issued.Certificate(leaf) : new Issued.Refused(recorded);
  }

  /** A signed CRL of the issuing CA. */
  Bytes crl(
      BigInteger number,
      Instant thisUpdate,
      Instant nextUpdate,
      Collection<CertificateIssuer.Revoked> lines) {
    return issuer.crl(number, thisUpdate, nextUpdate, lines);
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
    files.key("root", rootKey.getPrivate());
    files.certificate("root", root);
    files.write(
        "root.crl",
        rootIssuer.crl(BigInteger.ONE, start, now.plus(ROOT_CRL_LIFE), List.of()).toArray());
    files.key("issuing", issuingKey.getPrivate());
    files.certificate("issuing", issuing);
  }

  private static BigInteger serial(Entropy entropy) {
    // The top bit set keeps the length constant and the number away from zero.
    return new BigInteger(1, entropy.array(SERIAL_BITS / 8)).setBit(SERIAL_BITS - 1);
  }
}
