package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pem;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files under {@code ca/}: certificates as PEM, private keys only as the port wrapped them. */
final class CaFolder {
  /** A file made by hand, whatever is in it; then it says that one was begun, and its root. */
  static final String MAKE_NEW = "make-new";

  static final String LIST = ".crl";
  static final String KEY = ".key.sealed";

  private static final String BEGUN = "begun";
  private static final String CROSS = ".cross";
  private static final Pattern OF_A_CA =
      Pattern.compile("(root|issuing)(-[0-9]{1,9})?(\\.cross)?\\.(crt\\.pem|key\\.sealed)");

  private final Path folder;
  private final KeyWrap wrap;
  private final boolean made;

  CaFolder(Path folder, KeyWrap wrap) {
    this.folder = folder;
    this.wrap = wrap;
    try {
      this.made = !PrivateFiles.exists(folder, LinkOption.NOFOLLOW_LINKS);
      PrivateFiles.folder(folder);
    } catch (IOException e) {
      throw new UnavailableException("making the folder " + folder, e);
    }
  }

  /** The certificates of one CA, its newest first; none when the file is not there. */
  List<X509Certificate> certificates(String name) {
    return read(name + ".crt.pem")
        .map(
            pem ->
                Pem.readCertificates(new String(pem, StandardCharsets.US_ASCII))
                    .filter(found -> !found.isEmpty())
                    .orElseThrow(
                        () ->
                            new CorruptException(
                                folder.resolve(name)
                                    + ".crt.pem is no certificate: put it back from a backup")))
        .orElse(List.of());
  }

  void certificates(String name, List<X509Certificate> certificates) {
    write(name + ".crt.pem", Pem.certificates(certificates).getBytes(StandardCharsets.US_ASCII));
  }

  /** The certificates between a root and the one before it; none for the first. */
  List<X509Certificate> crosses(String root) {
    return certificates(root + CROSS);
  }

  void crosses(String root, List<X509Certificate> certificates) {
    certificates(root + CROSS, certificates);
  }

  /** Which CAs there are; empty when what says so is damaged. */
  Optional<CaStates> states() {
    Optional<byte[]> json = read(CaStates.FILE);
    return json.isPresent()
        ? CaStates.read(Bytes.adopt(json.get()))
        : Optional.of(CaStates.first(founded()));
  }

  // What is damaged is named by whoever checks it.
  private Instant founded() {
    try {
      return certificates(CaStates.ROOT).stream()
          .map(root -> root.getNotBefore().toInstant())
          .findFirst()
          .orElse(Instant.EPOCH);
    } catch (CorruptException e) {
      return Instant.EPOCH;
    }
  }

  void states(CaStates states) {
    write(CaStates.FILE, states.write().toArray());
  }

  /** Above the number of every CA that has a file here, whether or not it came to be one. */
  int nextNumber() {
    return names().stream()
            .map(OF_A_CA::matcher)
            .filter(Matcher::matches)
            .map(found -> Optional.ofNullable(found.group(2)).orElse("-1"))
            .mapToInt(number -> Integer.parseInt(number.substring(1)))
            .max()
            .orElse(1)
        + 1;
  }

  private List<String> names() {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> String.valueOf(path.getFileName())).toList();
    } catch (IOException | UncheckedIOException e) {
      throw new UnavailableException("listing the folder " + folder, e);
    }
  }

  /** Empty when the file is not there: the root's may have been taken away. */
  Optional<PrivateKey> key(String name) {
    Optional<byte[]> sealed = read(name + ".key.sealed");
    if (sealed.isEmpty()) {
      return Optional.empty();
    }
    try (SecretBytes pkcs8 = wrap.unwrap(purpose(name), Bytes.adopt(sealed.get()))) {
      return Optional.of(
          EcdsaP256.privateKey(pkcs8)
              .orElseThrow(
                  () ->
                      new CorruptException(
                          folder.resolve(name)
                              + ".key.sealed holds no key: put it back from a backup")));
    }
  }

  void key(String name, PrivateKey key) {
    try (SecretBytes pkcs8 = SecretBytes.adopt(key.getEncoded())) {
      write(name + ".key.sealed", wrap.wrap(purpose(name), pkcs8).toArray());
    }
  }

  /** Whether somebody has said that a new CA is to be made in the place of one that was in use. */
  boolean isToBeMadeAnew() {
    return isBegun() || (isSaid() && isUnused());
  }

  /** Whether a new CA is being made, or was and {@link #madeAnew} was not said yet. */
  boolean isBegun() {
    return isSaid() && said().startsWith(BEGUN);
  }

  /** Whether that CA is the one of {@code root}, and not one that was put back meanwhile. */
  boolean isBegun(X509Certificate root) {
    return isSaid() && said().equals(begun(root));
  }

  private String said() {
    return read(MAKE_NEW).map(said -> new String(said, StandardCharsets.US_ASCII)).orElse("");
  }

  private static String begun(X509Certificate root) {
    return BEGUN + " " + Certificates.fingerprint(root).hex();
  }

  /** Whether the file is there. Throws {@link UnavailableException} for a folder of that name. */
  boolean isSaid() {
    Path said = folder.resolve(MAKE_NEW);
    if (Files.isDirectory(said)) {
      throw new UnavailableException(
          ("%s is a folder, and only a file says that a new CA is to be made: remove it (rmdir),"
                  + " and where a new CA is meant, touch %s")
              .formatted(said, said));
    }
    return read(MAKE_NEW).isPresent();
  }

  /** So that what a crash leaves half made is made again; before anything of {@code root} is. */
  void beginAnew(X509Certificate root) {
    write(MAKE_NEW, begun(root).getBytes(StandardCharsets.US_ASCII));
  }

  void delete(String file) {
    try {
      if (Files.deleteIfExists(folder.resolve(file))) {
        PrivateFiles.sync(folder);
      }
    } catch (IOException e) {
      throw new UnavailableException("deleting " + folder.resolve(file), e);
    }
  }

  /** What was said is done, or there was nothing to do: it is not to hold for a later loss. */
  void madeAnew() {
    delete(MAKE_NEW);
  }

  /** Whether it has none of the files that were made at first, nor any of a later CA. */
  boolean isUnused() {
    return names().stream()
        .noneMatch(name -> name.equals(CaStates.FILE) || OF_A_CA.matcher(name).matches());
  }

  /**
   * What was made to look into is not to be in the way of whoever puts a copy there. What was there
   * stays: it may be where another disk is mounted.
   */
  void removeIfMade() {
    try {
      if (made) {
        Files.delete(folder);
      }
    } catch (IOException _) {
      // Not empty, or not ours to remove: then it stays.
    }
  }

  Path path() {
    return folder;
  }

  Optional<byte[]> read(String file) {
    Path path = folder.resolve(file);
    try {
      return PrivateFiles.mayExist(path) ? Optional.of(Files.readAllBytes(path)) : Optional.empty();
    } catch (IOException e) {
      throw new UnavailableException("reading " + path, e);
    }
  }

  /** Whole or not at all, also across a power cut. */
  void write(String file, byte[] content) {
    Path path = folder.resolve(file);
    try {
      PrivateFiles.write(path, Bytes.adopt(content));
    } catch (IOException e) {
      throw new UnavailableException("writing " + path, e);
    }
  }

  private static String purpose(String name) {
    return "telltale ca key " + name;
  }
}
