package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.Pem;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Whether each file of the CA can be read and they belong together. Cheap: at every start. */
final class CaCheck implements StoreCheck {
  private static final String BACK =
      "Put it back from a backup of the same data folder: devices and auditors trust this CA only.";
  private static final String ROOT_KEY =
      "Put it back from where you keep a copy, or move it away: without it the server runs on, but"
          + " cannot extend the issuing CA or the root's revocation list when they end.";
  private static final String ROOT_CRL =
      "Delete it, and the start makes a new one, for which ca/root.key.sealed must be there; or put"
          + " it back from a backup.";
  private static final String ROOT_CRL_GONE =
      "Put it back from a backup, or put root.key.sealed back: the start then makes a new one.";
  private static final String CRL_NUMBER =
      "Delete it: lists are numbered by the clock, and this is only how far they have come.";

  private final CaFolder files;
  private final List<Finding> findings = new ArrayList<>();
  private final Set<String> unreadable = new HashSet<>();
  private long bytes;

  CaCheck(CaFolder files) {
    this.files = files;
  }

  @Override
  public String name() {
    return "ca";
  }

  @Override
  public Step next(String position, BooleanSupplier goesOn) {
    findings.clear();
    unreadable.clear();
    bytes = 0;
    run();
    return new Step("all", true, bytes, 0, findings);
  }

  /**
   * Throws {@link CorruptException} that says what is wrong and what to do, or {@link
   * UnavailableException} for what the disk does not give.
   */
  void require() {
    authority();
    findings.stream()
        .filter(finding -> !finding.wasRead())
        .findFirst()
        .ifPresent(
            finding -> {
              throw new UnavailableException(finding.text());
            });
    if (!findings.isEmpty()) {
      throw new CorruptException(findings.getFirst().text());
    }
  }

  private void run() {
    authority();
    number();
  }

  private void authority() {
    List<X509Certificate> roots = certificates("root");
    List<X509Certificate> issuing = certificates("issuing");
    Optional<PublicKey> signer = roots.stream().findFirst().map(X509Certificate::getPublicKey);
    signedBy("root", roots, signer);
    signedBy("issuing", issuing, signer);
    list(signer);
    key("root", roots, ROOT_KEY);
    if (!key("issuing", issuing, BACK)) {
      missing("issuing.key.sealed", BACK);
    }
  }

  private List<X509Certificate> certificates(String name) {
    String file = name + ".crt.pem";
    Optional<String> text = read(file).map(pem -> new String(pem, StandardCharsets.ISO_8859_1));
    if (text.isEmpty()) {
      missing(file, BACK);
      return List.of();
    }
    Optional<List<X509Certificate>> parsed = Pem.readCertificates(text.get());
    if (parsed.isEmpty()) {
      add(file, "is no certificate", BACK);
      return List.of();
    }
    if (!Pem.certificates(parsed.get()).equals(text.get())) {
      add(file, "holds more or less than the certificates that were written", BACK);
    }
    return parsed.get();
  }

  // By a root that is not there nothing can be judged; that is named.
  private void signedBy(String name, List<X509Certificate> all, Optional<PublicKey> root) {
    if (root.isPresent()
        && !all.stream().allMatch(one -> CertificateFacts.signedBy(one, root.get()))) {
      add(name + ".crt.pem", "holds a certificate that the root did not sign", BACK);
    }
  }

  /** Whether it was read. All certificates of one CA are over its one key. */
  private boolean key(String name, List<X509Certificate> certificates, String remedy) {
    String file = name + ".key.sealed";
    if (read(file).isEmpty()) {
      return false;
    }
    Optional<PrivateKey> key = opened(name);
    if (key.isEmpty()) {
      add(file, "does not open: it is damaged, or of another data folder", remedy);
    } else if (!certificates.stream()
        .allMatch(one -> EcdsaP256.isPair(key.get(), one.getPublicKey()))) {
      add(file, "is not the key of " + name + ".crt.pem", remedy);
    }
    return true;
  }

  private Optional<PrivateKey> opened(String name) {
    try {
      return files.key(name);
    } catch (CorruptException e) {
      return Optional.empty();
    }
  }

  private void list(Optional<PublicKey> root) {
    Optional<Bytes> der = read("root.crl").map(Bytes::adopt);
    if (der.isEmpty()) {
      missing("root.crl", ROOT_CRL_GONE);
    } else if (ListFacts.of(der.get()).isEmpty()
        || !root.stream().allMatch(key -> ListFacts.signedBy(der.get(), key))) {
      add("root.crl", "is no revocation list of this root", ROOT_CRL);
    }
  }

  private void number() {
    read(CertificateAuthority.CRL_NUMBER)
        .map(number -> new String(number, StandardCharsets.ISO_8859_1))
        .filter(number -> !number.matches("[0-9]{1,39}"))
        .ifPresent(_ -> add(CertificateAuthority.CRL_NUMBER, "is no number", CRL_NUMBER));
  }

  private Optional<byte[]> read(String file) {
    Optional<byte[]> content;
    try {
      content = files.read(file);
    } catch (UnavailableException e) {
      unreadable.add(file);
      findings.add(Finding.unreadable(files.path().resolve(file).toString(), e));
      return Optional.empty();
    }
    bytes += content.map(found -> found.length).orElse(0);
    return content;
  }

  private void missing(String file, String remedy) {
    if (!unreadable.contains(file)) {
      add(file, "is missing", remedy);
    }
  }

  private void add(String file, String what, String remedy) {
    Path path = files.path().resolve(file);
    findings.add(new Finding(path.toString(), what, remedy));
  }
}
