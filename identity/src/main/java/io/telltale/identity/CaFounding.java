package io.telltale.identity;

import io.telltale.crypto.SigningKey;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateIssuer.Authority;
import io.telltale.identity.CertificateAuthority.Setup;
import io.telltale.identity.KeyHome.Made;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.ShellQuoting;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** The first root and issuing CA: made once, never anew without a word, and whole at each start. */
final class CaFounding {
  static final Duration ROOT_LIFE = Duration.ofDays(3653);
  static final Duration ISSUING_LIFE = Duration.ofDays(731);
  static final Duration ROOT_CRL_LIFE = Duration.ofDays(366);

  private final CaFolder files;
  private final Setup setup;

  CaFounding(CaFolder files, Setup setup) {
    this.files = files;
    this.setup = setup;
  }

  /**
   * What is there afterwards is whole and belongs together; as {@link CertificateAuthority#open}.
   */
  void run() {
    if (isToBeFounded()) {
      found();
    } else if (files.isUnused()) {
      files.removeIfMade();
      throw new CorruptException(lost(files.path()));
    }
    files.states().ifPresent(states -> states.roots().forEach(this::renewLostList));
    requireWhole();
  }

  // Written last: without it nothing was issued. But what was lost later must not be made anew
  // without a word of the operator's: every device stands on it.
  private boolean isToBeFounded() {
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
  private void requireWhole() {
    boolean passedOver = files.isSaid() && !(files.isBegun() && isNoOther());
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
  private boolean isNoOther() {
    return files.certificates(CaStates.ROOT).stream().allMatch(files::isBegun);
  }

  // Its number must be above every one before, and nobody knows those: seconds are, by far.
  private void renewLostList(CaStates.Entry root) {
    String file = root.id() + CaFolder.LIST;
    if (files.read(file).isPresent() || files.certificates(root.id()).isEmpty()) {
      return;
    }
    Optional<SigningKey> rootKey = files.key(root.id());
    if (rootKey.isPresent()) {
      Instant now = setup.clock().instant().truncatedTo(ChronoUnit.SECONDS);
      var signer = new CertificateIssuer(files.certificates(root.id()).getFirst(), rootKey.get());
      BigInteger number = BigInteger.valueOf(now.getEpochSecond());
      files.write(file, signer.crl(number, now, now.plus(ROOT_CRL_LIFE), List.of()).toArray());
    }
  }

  /** The certificate of the issuing CA goes last: with it there, everything is. */
  private void found() {
    Instant now = setup.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    Instant start = now.minus(ProfileCheck.BACKDATED);
    Made rootKey = files.make(CaStates.ROOT);
    X509Certificate root =
        CertificateIssuer.selfSigned(
            new Authority(
                rootName(setup.trustDomain()),
                CertificateAuthority.serial(setup.entropy()),
                start,
                now.plus(ROOT_LIFE)),
            rootKey.publicKey(),
            rootKey.key());
    var rootIssuer = new CertificateIssuer(root, rootKey.key());
    Made issuingKey = files.make(CaStates.ISSUING);
    X509Certificate issuing =
        rootIssuer.issueAuthority(
            new Authority(
                issuingName(CaStates.ISSUING, setup.trustDomain()),
                CertificateAuthority.serial(setup.entropy()),
                start,
                now.plus(ISSUING_LIFE)),
            issuingKey.publicKey());
    // Where nothing was issued before, it takes nobody's place, whatever was said.
    if (setup.register().hasIssued()) {
      files.beginAnew(root);
    }
    files.keep(CaStates.ROOT, rootKey);
    files.certificates(CaStates.ROOT, List.of(root));
    files.write(
        CaStates.ROOT + CaFolder.LIST,
        rootIssuer.crl(BigInteger.ONE, start, now.plus(ROOT_CRL_LIFE), List.of()).toArray());
    files.keep(CaStates.ISSUING, issuingKey);
    files.certificates(CaStates.ISSUING, List.of(issuing));
  }

  /** All roots have one: what one certifies for the next is no level more (RFC 9810 4.4). */
  static String rootName(String trustDomain) {
    return "Telltale root " + trustDomain;
  }

  /** Each has its own, by which others find its revocation lists. */
  static String issuingName(String id, String trustDomain) {
    return "Telltale " + id.replace('-', ' ') + " " + trustDomain;
  }
}
