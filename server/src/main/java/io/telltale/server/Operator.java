package io.telltale.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.P256;
import io.telltale.crypto.x509.Pem;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.identity.ServiceIdentity;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.data.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The operator's own identity, made at the first start and again long before it runs out. It is a
 * file, since the command line is another process; whoever keeps a copy copies it again then.
 */
public final class Operator {
  public static final Duration RENEWED_BEFORE = Duration.ofDays(30);

  private static final System.Logger LOG = System.getLogger(Operator.class.getName());

  private final DataFolder folder;
  private final Foundation foundation;

  public Operator(DataFolder folder, Foundation foundation) {
    this.folder = folder;
    this.foundation = foundation;
  }

  Path chainFile() {
    return folder.part("operator").resolve("operator.crt.pem");
  }

  private Path keyFile() {
    return folder.part("operator").resolve("operator.key.pem");
  }

  /** Makes a certificate unless one is there that is good for a while; true if it was made. */
  public boolean renew() {
    if (current().filter(this::good).isPresent()) {
      return false;
    }
    // With a CA made anew it is of the one before, and as it should be.
    if (!foundation.authority().isUntoldAnew()) {
      faults()
          .forEach(one -> LOG.log(System.Logger.Level.WARNING, "operator.damaged " + one.text()));
    }
    ServiceIdentity identity = next();
    folder.write(
        keyFile(), Bytes.utf8(Pem.encode("PRIVATE KEY", identity.key().getEncoded())).borrow());
    folder.write(chainFile(), Bytes.utf8(Pem.certificates(identity.chain())).borrow());
    return true;
  }

  // The one before ends in time, since its CA is not retired while it is good.
  private ServiceIdentity next() {
    SpiffeId id = foundation.names().operator();
    return current()
        .map(chain -> Certificates.fingerprint(chain.getFirst()))
        .flatMap(old -> ServiceIdentity.person(foundation.authority(), id, old, RENEWED_BEFORE))
        .orElseGet(() -> ServiceIdentity.person(foundation.authority(), id));
  }

  /** Until when the certificate in the folder is good; empty when there is none. */
  public Optional<Instant> ends() {
    return current().map(chain -> chain.getFirst().getNotAfter().toInstant());
  }

  /** Reads both files again; both absent is none made yet. */
  public List<Finding> faults() {
    boolean chain = PrivateFiles.mayExist(chainFile());
    boolean key = PrivateFiles.mayExist(keyFile());
    if (!chain && !key) {
      return List.of();
    }
    try {
      Path file = chain ? chainFile() : keyFile();
      if (chain && key && current().filter(this::asWritten).isPresent()) {
        return List.of();
      }
      boolean keyReads =
          key
              && Pem.decode("PRIVATE KEY", Files.readString(keyFile(), ISO_8859_1))
                  .flatMap(EcdsaP256::privateKey)
                  .isPresent();
      return List.of(
          new Finding(
              (chain && !keyReads ? keyFile() : file).toString(),
              "is damaged, missing, or not of one piece with the file beside it",
              "The next start makes a new operator's certificate and key: copy both again to where"
                  + " you keep a copy."));
    } catch (IOException | UnavailableException e) {
      return List.of(Finding.unreadable(folder.part("operator").toString(), e));
    }
  }

  // Also the text around the certificates and the key, and the signatures.
  private boolean asWritten(List<X509Certificate> chain) {
    try {
      String keyText = Files.readString(keyFile(), ISO_8859_1);
      return Files.readString(chainFile(), ISO_8859_1).equals(Pem.certificates(chain))
          && Pem.decode("PRIVATE KEY", keyText)
              .filter(der -> Pem.encode("PRIVATE KEY", der).equals(keyText))
              .isPresent()
          && chain.size() > 1
          && CertificateFacts.signedBy(chain.getFirst(), chain.get(1).getPublicKey())
          && foundation.authority().provingRoots().stream()
              .anyMatch(root -> CertificateFacts.signedBy(chain.get(1), root.getPublicKey()));
    } catch (IOException e) {
      throw new UnavailableException("reading " + chainFile(), e);
    }
  }

  /** Of the CA that signs now, the registry's operator, and not about to end. */
  private boolean good(List<X509Certificate> chain) {
    Instant now = foundation.clock().instant();
    return CertificateFacts.signedBy(
            chain.getFirst(), foundation.authority().issuing().getPublicKey())
        && foundation.authority().trust().check(chain, Usage.CLIENT, now)
            instanceof TrustedRoots.Verdict.Trusted trusted
        && foundation
            .registry()
            .view()
            .byCredential(Certificates.fingerprint(trusted.leaf()))
            .filter(known -> known.id().equals(foundation.names().operator()))
            .filter(known -> known.mayConnect(goodAt(trusted.leaf(), now)))
            .isPresent();
  }

  // None outlives its issuer: near that one's end another would end no later, each minute anew.
  private Instant goodAt(X509Certificate leaf, Instant now) {
    Instant issuerEnds = foundation.authority().issuing().getNotAfter().toInstant();
    return leaf.getNotAfter().toInstant().isBefore(issuerEnds) ? now.plus(RENEWED_BEFORE) : now;
  }

  // A crash between the two files leaves a certificate without its key: as good as none.
  private Optional<List<X509Certificate>> current() {
    if (Files.notExists(chainFile()) || Files.notExists(keyFile())) {
      return Optional.empty();
    }
    try {
      Optional<PrivateKey> key =
          Pem.decode("PRIVATE KEY", Files.readString(keyFile(), ISO_8859_1))
              .flatMap(EcdsaP256::privateKey);
      return Pem.readCertificates(Files.readString(chainFile(), ISO_8859_1))
          .filter(chain -> !chain.isEmpty())
          .filter(chain -> key.filter(one -> isKeyOf(one, chain.getFirst())).isPresent());
    } catch (IOException e) {
      throw new UnavailableException("reading " + chainFile(), e);
    }
  }

  private static boolean isKeyOf(PrivateKey key, X509Certificate leaf) {
    return P256.isSound(leaf.getPublicKey()) && EcdsaP256.isPair(key, leaf.getPublicKey());
  }
}
