package io.telltale.identity;

import io.telltale.crypto.SigningKey;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.Pem;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
    authority().issuing().forEach(issuing -> number(issuing.id()));
  }

  private CaStates authority() {
    CaStates states = states();
    var certificates = new HashMap<String, List<X509Certificate>>();
    var revoked = new HashMap<String, Set<BigInteger>>();
    for (CaStates.Entry root : states.roots()) {
      certificates.put(root.id(), certificates(root.id()));
      signedBy(root.id(), certificates, root.id());
    }
    for (CaStates.Entry issuing : states.issuing()) {
      certificates.put(issuing.id(), certificates(issuing.id()));
      signedBy(issuing.id(), certificates, issuing.above());
    }
    var older = new ArrayList<String>();
    for (CaStates.Entry root : states.roots()) {
      if (!root.above().isEmpty()) {
        crosses(root, older, certificates);
      }
      older.add(root.id());
      revoked.put(root.id(), list(root.id(), key(certificates, root.id())));
    }
    for (CaStates.Entry issuing : states.issuing()) {
      back(
          issuing,
          certificates.getOrDefault(issuing.id(), List.of()),
          revoked.getOrDefault(issuing.above(), Set.of()));
    }
    for (CaStates.Entry root : states.roots()) {
      key(root.id(), certificates.getOrDefault(root.id(), List.of()), ROOT_KEY);
    }
    for (CaStates.Entry issuing : states.issuing()) {
      if (!key(issuing.id(), certificates.getOrDefault(issuing.id(), List.of()), BACK)) {
        missing(issuing.id() + CaFolder.KEY, BACK);
      }
    }
    return states;
  }

  private static Optional<PublicKey> key(Map<String, List<X509Certificate>> all, String id) {
    return all.getOrDefault(id, List.of()).stream().findFirst().map(X509Certificate::getPublicKey);
  }

  // Which CAs there are is asked first: of what is damaged the two that were made at first remain.
  private CaStates states() {
    Optional<byte[]> file = read(CaStates.FILE);
    Optional<CaStates> states = file.map(Bytes::adopt).flatMap(CaStates::read);
    if (states.isPresent()) {
      return states.get();
    }
    if (file.isPresent()) {
      add(CaStates.FILE, "does not say which CAs there are", BACK);
    } else if (files.nextNumber() > 2) {
      missing(CaStates.FILE, BACK);
    }
    return CaStates.first(Instant.EPOCH);
  }

  // In pairs: the first with the one that it followed, each other with an older one, too.
  private void crosses(
      CaStates.Entry root, List<String> older, Map<String, List<X509Certificate>> all) {
    String name = root.id() + ".cross";
    List<X509Certificate> pairs = certificates(name);
    boolean asItShould = pairs.size() % 2 == 0;
    for (int at = 0; asItShould && at < pairs.size(); at += 2) {
      X509Certificate oldWithNew = pairs.get(at + 1);
      Optional<PublicKey> other =
          at == 0 ? key(all, root.above()) : older(oldWithNew.getPublicKey(), older, all);
      asItShould =
          isLink(pairs.get(at), key(all, root.id()), other)
              && isLink(oldWithNew, other, key(all, root.id()))
              && (at == 0 || other.isPresent() || !areThere(older, all));
    }
    if (!asItShould) {
      add(name + ".crt.pem", "does not lead from one root to the other", BACK);
    }
  }

  private static Optional<PublicKey> older(
      PublicKey key, List<String> older, Map<String, List<X509Certificate>> all) {
    return older.stream().flatMap(id -> key(all, id).stream()).filter(key::equals).findFirst();
  }

  private static boolean areThere(List<String> ids, Map<String, List<X509Certificate>> all) {
    return ids.stream().allMatch(id -> key(all, id).isPresent());
  }

  // By a key that is not there nothing can be judged; that is named.
  private static boolean isLink(
      X509Certificate link, Optional<PublicKey> key, Optional<PublicKey> signer) {
    return key.stream().allMatch(link.getPublicKey()::equals)
        && signer.stream().allMatch(by -> CertificateFacts.signedBy(link, by));
  }

  private List<X509Certificate> certificates(String name) {
    String file = name + ".crt.pem";
    Optional<String> text = read(file).map(pem -> new String(pem, StandardCharsets.ISO_8859_1));
    if (text.isEmpty()) {
      missing(file, BACK);
      return List.of();
    }
    Optional<List<X509Certificate>> parsed =
        Pem.readCertificates(text.get()).filter(found -> !found.isEmpty());
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
  private void signedBy(String id, Map<String, List<X509Certificate>> all, String root) {
    Optional<PublicKey> key = key(all, root);
    if (key.isPresent()
        && !all.getOrDefault(id, List.of()).stream()
            .allMatch(one -> CertificateFacts.signedBy(one, key.get()))) {
      add(id + ".crt.pem", "holds a certificate that the root did not sign", BACK);
    }
  }

  /** Whether it was read. All certificates of one CA are over its one key. */
  private boolean key(String name, List<X509Certificate> certificates, String remedy) {
    Optional<String> found = keyFile(name);
    if (found.isEmpty()) {
      return false;
    }
    String file = found.get();
    read(file);
    try {
      Optional<SigningKey> key = files.key(name);
      boolean isOthers =
          key.isPresent()
              && !certificates.stream().allMatch(one -> key.get().isPairOf(one.getPublicKey()));
      if (isOthers) {
        add(file, "is not the key of " + name + ".crt.pem", remedy);
      }
    } catch (CorruptException e) {
      if (file.endsWith(SealedKeys.ENDING)) {
        add(file, "does not open: it is damaged, or of another data folder", remedy);
      } else {
        add(file, "leads to no key (" + e.getMessage() + ")", remedy);
      }
    } catch (UnavailableException e) {
      unreadable.add(file);
      findings.add(Finding.untold(files.path().resolve(file).toString(), Finding.causes(e)));
    }
    return true;
  }

  private Optional<String> keyFile(String name) {
    try {
      return files.keyFile(name);
    } catch (UnavailableException e) {
      String file = name + CaFolder.KEY;
      unreadable.add(file);
      findings.add(Finding.unreadable(files.path().resolve(file).toString(), e));
      return Optional.empty();
    }
  }

  private Set<BigInteger> list(String root, Optional<PublicKey> key) {
    String file = root + CaFolder.LIST;
    Optional<Bytes> der = read(file).map(Bytes::adopt);
    if (der.isEmpty()) {
      missing(
          file,
          "Put it back from a backup, or put %s.key.sealed back: the start then makes a new one."
              .formatted(root));
    } else if (ListFacts.of(der.get()).isEmpty()
        || !key.stream().allMatch(one -> ListFacts.signedBy(der.get(), one))) {
      add(
          file,
          "is no revocation list of this root",
          ("Delete it, and the start makes a new one, for which ca/%s.key.sealed must be there; or"
                  + " put it back from a backup.")
              .formatted(root));
    }
    return der.map(ListFacts::revoked).orElse(Set.of());
  }

  // What says which CAs there are is older than the list: a CA would be trusted again.
  private void back(
      CaStates.Entry issuing, List<X509Certificate> certificates, Set<BigInteger> revoked) {
    boolean isListed =
        certificates.stream().map(X509Certificate::getSerialNumber).anyMatch(revoked::contains);
    if (isListed && issuing.stage().state().isTrusted()) {
      add(
          CaStates.FILE,
          "trusts %s, which %s%s has revoked"
              .formatted(issuing.id(), issuing.above(), CaFolder.LIST),
          "Put it back as it was last: this one is older.");
    }
  }

  private void number(String issuing) {
    String file = issuing + CrlNumbers.FILE;
    read(file)
        .map(number -> new String(number, StandardCharsets.ISO_8859_1))
        .filter(number -> !number.matches("[0-9]{1,39}"))
        .ifPresent(_ -> add(file, "is no number", CRL_NUMBER));
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
