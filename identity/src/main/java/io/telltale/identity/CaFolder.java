package io.telltale.identity;

import io.telltale.crypto.SigningKey;
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
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files under {@code ca/}: certificates as PEM, and what leads to private keys. */
final class CaFolder {
  /** A file made by hand, whatever is in it; then it says that one was begun, and its root. */
  static final String MAKE_NEW = "make-new";

  static final String LIST = ".crl";
  static final String KEY = SealedKeys.ENDING;

  private static final String WITHDRAWN = ".withdrawn";
  private static final String BEGUN = "begun";
  private static final String CROSS = ".cross";
  private static final Pattern OF_A_CA =
      Pattern.compile(
          "(root|issuing)(-[0-9]{1,9})?(\\.cross)?"
              + "\\.(crt\\.pem|key\\.sealed|key\\.token|withdrawn)");

  private final Path folder;
  private final List<KeyHome> homes;
  private final boolean made;

  CaFolder(Path folder, KeyWrap wrap) {
    this(folder, wrap, Optional.empty());
  }

  /** With a token that has some of the keys, and gets those to come. */
  CaFolder(Path folder, KeyWrap wrap, Optional<CaToken> token) {
    this.folder = folder;
    var sealed = new SealedKeys(wrap);
    // New ones are made in the first.
    this.homes =
        token
            .map(one -> List.of(one.keys(), sealed))
            .orElseGet(() -> List.of(sealed, TokenKeys.none()));
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

  /**
   * Empty when no file leads to it: the root's may have been taken away. Throws {@link
   * CorruptException} for one that leads to none.
   */
  Optional<SigningKey> key(String name) {
    return homeOf(name)
        .map(home -> home.open(name, Bytes.adopt(read(name + home.ending()).orElseThrow())));
  }

  /** The file that leads to the key of that CA. */
  Optional<String> keyFile(String name) {
    return homeOf(name).map(home -> name + home.ending());
  }

  private Optional<KeyHome> homeOf(String name) {
    return homes.stream().filter(home -> read(name + home.ending()).isPresent()).findFirst();
  }

  /** A new key, which lasts once it is kept. */
  KeyHome.Made make(String name) {
    return homes.getFirst().make(name);
  }

  /**
   * From now on that is the key of the CA {@code name}, which has no certificate yet; one that was
   * made for it before a crash ends.
   */
  void keep(String name, KeyHome.Made made) {
    var before = new LinkedHashMap<KeyHome, Bytes>();
    homes.forEach(
        home -> read(name + home.ending()).ifPresent(it -> before.put(home, Bytes.adopt(it))));
    write(name + made.ending(), made.file().get().toArray());
    before.forEach(
        (home, file) -> {
          home.destroy(file);
          if (!home.ending().equals(made.ending())) {
            delete(name + home.ending());
          }
        });
  }

  /** Ends the key of {@code name}, which is to be no CA ever; its number is not given again. */
  void withdraw(String name) {
    write(name + WITHDRAWN, new byte[0]);
    homes.forEach(
        home ->
            read(name + home.ending())
                .ifPresent(
                    file -> {
                      home.destroy(Bytes.adopt(file));
                      delete(name + home.ending());
                    }));
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
}
