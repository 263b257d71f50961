package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Pem;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The files under {@code ca/}: certificates as PEM, private keys only as the port wrapped them. */
final class CaFolder {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final FileAttribute<Set<PosixFilePermission>> FOLDER_OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path folder;
  private final KeyWrap wrap;

  CaFolder(Path folder, KeyWrap wrap) {
    this.folder = folder;
    this.wrap = wrap;
    try {
      Files.createDirectories(folder, FOLDER_OWNER_ONLY);
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

  Path path() {
    return folder;
  }

  Optional<byte[]> read(String file) {
    Path path = folder.resolve(file);
    try {
      return Files.exists(path) ? Optional.of(Files.readAllBytes(path)) : Optional.empty();
    } catch (IOException e) {
      throw new UnavailableException("reading " + path, e);
    }
  }

  /** Whole or not at all, also across a power cut. */
  void write(String file, byte[] content) {
    Path path = folder.resolve(file);
    Path draft = folder.resolve(file + ".draft");
    try {
      Files.deleteIfExists(draft);
      try (FileChannel out =
          FileChannel.open(
              draft,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
        out.force(true);
      }
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new UnavailableException("writing " + path, e);
    }
  }

  private static String purpose(String name) {
    return "telltale ca key " + name;
  }
}
