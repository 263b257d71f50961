package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.PassphraseBox;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateIssuer.Authority;
import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.Pem;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A root that is kept apart from every server, in a folder of its own under a passphrase. Each use
 * leaves a record there that names the one before by its hash. For one thread; {@code
 * docs/format/root-ceremony.md}.
 */
public final class OfflineRoot {
  private static final String CERTIFICATE = "root.crt.pem";
  private static final String KEY = "root.key.sealed";
  private static final String LIST = "root.crl";
  private static final String ISSUED = "issued";
  private static final String RECORDS = "records";
  private static final String LABEL = "telltale offline root key";
  private static final String DIGITS = "%04d.txt";

  /** An older copy of the folder is behind by a few; nobody's list is by more. */
  private static final BigInteger NUMBERS_MISSED_MAX = BigInteger.valueOf(1_000);

  private final Path folder;
  private final X509Certificate certificate;
  private final Surroundings surroundings;

  /** What it is used with. */
  public record Surroundings(
      SecretBytes passphrase, Entropy entropy, InstantSource clock, String machine) {}

  /** What came of a use. */
  public sealed interface Outcome {
    /**
     * It signed.
     *
     * @param record for the folder it is in already, and for paper
     */
    record Signed(RootAnswer answer, String record) implements Outcome {}

    /** It did not, and why. */
    record Refused(String why) implements Outcome {}
  }

  private OfflineRoot(Path folder, X509Certificate certificate, Surroundings surroundings) {
    this.folder = folder;
    this.certificate = certificate;
    this.surroundings = surroundings;
  }

  /**
   * Makes one in {@code folder}, which holds nothing yet, and returns the record. Throws {@link
   * UnavailableException} for what the disk does not do and where one is there.
   */
  public static String create(
      Path folder, String trustDomain, Duration life, Surroundings surroundings) {
    if (PrivateFiles.mayExist(folder.resolve(CERTIFICATE))
        || PrivateFiles.mayExist(folder.resolve(KEY))) {
      throw new UnavailableException(folder + " holds a root already: name another folder");
    }
    Instant now = surroundings.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    KeyPair pair = EcdsaP256.generate();
    X509Certificate made =
        CertificateIssuer.selfSigned(
            new Authority(
                CaFounding.rootName(trustDomain),
                CertificateAuthority.serial(surroundings.entropy()),
                now.minus(ProfileCheck.BACKDATED),
                now.plus(life)),
            pair.getPublic(),
            pair.getPrivate());
    Bytes list =
        new CertificateIssuer(made, pair.getPrivate())
            .crl(BigInteger.ONE, now, now.plus(CaFounding.ROOT_CRL_LIFE), List.of());
    var root = new OfflineRoot(folder, made, surroundings);
    String record;
    try (SecretBytes pkcs8 = SecretBytes.adopt(pair.getPrivate().getEncoded())) {
      PrivateFiles.folder(folder);
      PrivateFiles.folder(folder.resolve(RECORDS));
      root.write(
          KEY, PassphraseBox.seal(surroundings.passphrase(), LABEL, pkcs8, surroundings.entropy()));
      root.write(LIST, list);
      record = root.record(new CeremonyRecord("A ROOT WAS MADE").certificate("root", made));
      // Last: with it there, everything is.
      root.write(CERTIFICATE, Bytes.utf8(Pem.certificates(List.of(made))));
    } catch (IOException e) {
      throw new UnavailableException("making the folder " + folder, e);
    }
    return record;
  }

  /**
   * The one in {@code folder}. Throws {@link CorruptException} for a wrong passphrase, a damaged
   * file, and records that do not name each other.
   */
  public static OfflineRoot open(Path folder, Surroundings surroundings) {
    X509Certificate certificate =
        RootRequest.one(text(folder.resolve(CERTIFICATE)))
            .orElseThrow(
                () -> new CorruptException(folder.resolve(CERTIFICATE) + " is no certificate"));
    var root = new OfflineRoot(folder, certificate, surroundings);
    root.key();
    root.requireRecords();
    return root;
  }

  /** Its certificate: what a server asks it by. */
  public X509Certificate certificate() {
    return certificate;
  }

  private PrivateKey key() {
    try (SecretBytes pkcs8 =
        PassphraseBox.open(surroundings.passphrase(), LABEL, bytes(folder.resolve(KEY)))
            .orElseThrow(
                () ->
                    new CorruptException(
                        "wrong passphrase for %s, or it is damaged"
                            .formatted(folder.resolve(KEY))))) {
      return EcdsaP256.privateKey(pkcs8)
          .filter(key -> EcdsaP256.isPair(key, certificate.getPublicKey()))
          .orElseThrow(
              () ->
                  new CorruptException(
                      "%s is not the key of %s".formatted(folder.resolve(KEY), CERTIFICATE)));
    }
  }

  /** What {@link #sign} would refuse it for; empty for nothing. */
  public Optional<String> mistake(RootRequest request) {
    if (!request.root().equals(certificate)) {
      return Optional.of(
          "the request is for the root %s, and this is %s"
              .formatted(name(request.root()), name(certificate)));
    }
    String name = "CN=" + CaFounding.rootName(request.trustDomain());
    if (!certificate.getSubjectX500Principal().getName().equals(name)) {
      return Optional.of(
          "the request is of the trust domain %s, and this root is %s"
              .formatted(request.trustDomain(), certificate.getSubjectX500Principal().getName()));
    }
    if (!request.before().stream().allMatch(this::isRoot)) {
      return Optional.of("what it asks to certify is no root of that name");
    }
    String issuing = "CN=" + CaFounding.issuingName(request.id(), request.trustDomain());
    if (request.extended().filter(old -> !isOurs(old, issuing, request.key())).isPresent()) {
      return Optional.of(
          "what it asks to extend is no certificate of this root for that name and key");
    }
    if (issued(request.id()).filter(one -> !one.getPublicKey().equals(request.key())).isPresent()) {
      return Optional.of(
          "this root has certified another key as %s: a server asks with an id of its own each time"
              .formatted(request.id()));
    }
    return request.listNumber().compareTo(lastNumber().add(NUMBERS_MISSED_MAX)) > 0
        ? Optional.of(
            "it asks for list %s, and this root has signed %s last"
                .formatted(request.listNumber(), lastNumber()))
        : Optional.empty();
  }

  private boolean isOurs(X509Certificate issuing, String name, PublicKey key) {
    return CertificateFacts.signedBy(issuing, certificate.getPublicKey())
        && issuing.getSubjectX500Principal().getName().equals(name)
        && issuing.getPublicKey().equals(key);
  }

  /** What this root has signed last for the issuing CA {@code id}. */
  private Optional<X509Certificate> issued(String id) {
    Path file = folder.resolve(ISSUED).resolve(id + ".crt.pem");
    return Files.exists(file)
        ? Optional.of(
            RootRequest.one(text(file))
                .orElseThrow(() -> new CorruptException(file + " is no certificate")))
        : Optional.empty();
  }

  private BigInteger lastNumber() {
    return ListFacts.of(bytes(folder.resolve(LIST)))
        .orElseThrow(() -> new CorruptException(folder.resolve(LIST) + " is no revocation list"))
        .number();
  }

  private boolean isRoot(X509Certificate old) {
    return old.getSubjectX500Principal().equals(certificate.getSubjectX500Principal())
        && CertificateFacts.signedBy(old, old.getPublicKey())
        && CertificateFacts.of(old).filter(CertificateFacts::authority).isPresent();
  }

  private static String name(X509Certificate root) {
    return Certificates.fingerprint(root).hex().substring(0, 16);
  }

  /** What a person looks at before it is signed. */
  public String shown(RootRequest.Read asked) {
    return new CeremonyRecord("WHAT IS ASKED").request(asked).text();
  }

  /** Signs what is asked, and keeps a record. */
  public Outcome sign(RootRequest.Read asked) {
    RootRequest request = asked.request();
    Optional<String> mistake = mistake(request);
    if (mistake.isPresent()) {
      return new Outcome.Refused(mistake.get());
    }
    Instant now = surroundings.clock().instant().truncatedTo(ChronoUnit.SECONDS);
    Instant rootEnd = certificate.getNotAfter().toInstant();
    if (!now.isBefore(rootEnd) || now.isBefore(certificate.getNotBefore().toInstant())) {
      return new Outcome.Refused(
          "this root is good from %s to %s, and this machine's clock says %s"
              .formatted(certificate.getNotBefore().toInstant(), rootEnd, now));
    }
    var issuer = new CertificateIssuer(certificate, key());
    Instant end = now.plus(CaFounding.ISSUING_LIFE);
    Instant begin = now.minus(ProfileCheck.BACKDATED);
    X509Certificate issuing =
        issuer.issueAuthority(
            new Authority(
                CaFounding.issuingName(request.id(), request.trustDomain()),
                CertificateAuthority.serial(surroundings.entropy()),
                request
                    .extended()
                    .map(old -> old.getNotBefore().toInstant())
                    .filter(begin::isAfter)
                    .orElse(begin),
                end.isBefore(rootEnd) ? end : rootEnd),
            request.key());
    List<X509Certificate> oldWithNew =
        request.before().stream()
            .map(
                old ->
                    issuer.crossCertify(
                        CertificateAuthority.serial(surroundings.entropy()),
                        begin,
                        CaRollover.earlier(old, certificate),
                        old.getPublicKey()))
            .toList();
    List<Revoked> lines = lines(request);
    // An answer that was lost on the way has used one that the server does not know of.
    BigInteger number = request.listNumber().max(lastNumber().add(BigInteger.ONE));
    Bytes list = issuer.crl(number, now, now.plus(CaFounding.ROOT_CRL_LIFE), lines);
    var answer = new RootAnswer(asked.hash(), certificate, issuing, oldWithNew, list);
    // Before the answer leaves: a number that was used must not come again.
    writeIssued(request.id(), issuing);
    write(LIST, list);
    CeremonyRecord record =
        new CeremonyRecord("A ROOT HAS SIGNED")
            .request(asked)
            .certificate("root", certificate)
            .certificate("issuing CA", issuing)
            .line(
                "list",
                "number %s, %d revoked, %d of them not in the request"
                    .formatted(number, lines.size(), lines.size() - request.revoked().size()))
            .hash("answer file", answer.write());
    oldWithNew.forEach(one -> record.certificate("root certified", one));
    return new Outcome.Signed(answer, record(record));
  }

  private void writeIssued(String id, X509Certificate issuing) {
    try {
      PrivateFiles.folder(folder.resolve(ISSUED));
    } catch (IOException e) {
      throw new UnavailableException("making the folder " + folder.resolve(ISSUED), e);
    }
    write(ISSUED + "/" + id + ".crt.pem", Bytes.utf8(Pem.certificates(List.of(issuing))));
  }

  // What this root has ever revoked stays so: the server may be an older copy, or a thief.
  private List<Revoked> lines(RootRequest request) {
    var lines = new LinkedHashMap<BigInteger, Revoked>();
    ListFacts.lines(bytes(folder.resolve(LIST))).forEach(one -> lines.put(one.serial(), one));
    for (Revoked one : request.revoked()) {
      lines.merge(
          one.serial(), one, (before, now) -> before.reason() == Cas.CA_COMPROMISE ? before : now);
    }
    return List.copyOf(lines.values());
  }

  private String record(CeremonyRecord record) {
    int number = lastRecord() + 1;
    Bytes before =
        number == 1
            ? Bytes.EMPTY
            : bytes(folder.resolve(RECORDS).resolve(DIGITS.formatted(number - 1)));
    String text =
        record
            .line("time", surroundings.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString())
            .line("machine", surroundings.machine())
            .line("record", "number " + number)
            .hash("record before", before)
            .signatures()
            .text();
    write(RECORDS + "/" + DIGITS.formatted(number), Bytes.utf8(text));
    return text;
  }

  private int lastRecord() {
    try (Stream<Path> all = Files.list(folder.resolve(RECORDS))) {
      return all.map(path -> String.valueOf(path.getFileName()))
          .filter(name -> name.matches("[0-9]{4,9}\\.txt"))
          .mapToInt(name -> Integer.parseInt(name.substring(0, name.indexOf('.'))))
          .max()
          .orElse(0);
    } catch (IOException e) {
      throw new UnavailableException("listing " + folder.resolve(RECORDS), e);
    }
  }

  // Before anything is signed: a record that is gone or was changed is put back from the copy.
  private void requireRecords() {
    Bytes before = Bytes.EMPTY;
    for (int number = 1; number <= lastRecord(); number++) {
      Path file = folder.resolve(RECORDS).resolve(DIGITS.formatted(number));
      boolean follows =
          Files.exists(file)
              && bytes(file).asUtf8().contains(CeremonyRecord.before(before))
              && bytes(file).asUtf8().contains("number " + number + "\n");
      if (!follows) {
        throw new CorruptException(
            ("%s is missing, was changed, or does not follow the record before it: put the folder"
                    + " back from its copy, and compare with what was printed")
                .formatted(file));
      }
      before = bytes(file);
    }
  }

  private void write(String file, Bytes content) {
    try {
      PrivateFiles.write(folder.resolve(file), content);
    } catch (IOException e) {
      throw new UnavailableException("writing " + folder.resolve(file), e);
    }
  }

  private static Bytes bytes(Path file) {
    try {
      return Bytes.adopt(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    }
  }

  private static String text(Path file) {
    return new String(bytes(file).toArray(), StandardCharsets.ISO_8859_1);
  }
}
