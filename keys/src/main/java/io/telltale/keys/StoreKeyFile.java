package io.telltale.keys;

import io.telltale.crypto.AesBox;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.Hkdf;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The secret that the seals of every store's rows derive from, in a box under the root key: {@code
 * docs/format/keys.md}. Not the root key itself, so that a new root key leaves the seals as they
 * are.
 */
final class StoreKeyFile {
  private static final String NAME = "stores.sealed";
  private static final int SIZE = 32;
  private static final Bytes LABEL =
      new CborWriter(32).array(2).text("telltale/store-keys").integer(1).toBytes();

  private StoreKeyFile() {}

  static Path in(Path folder) {
    return folder.resolve(NAME);
  }

  /** Known not to be there. */
  static boolean isMissing(Path folder) {
    return Files.notExists(in(folder));
  }

  static boolean mayExist(Path folder) {
    return PrivateFiles.mayExist(in(folder));
  }

  /** Reads the secret or makes one. */
  static SecretBytes open(Path folder, AesKey root, Entropy entropy) {
    Path file = in(folder);
    try {
      if (isMissing(folder)) {
        SecretBytes secret = entropy.secret(SIZE);
        PrivateFiles.write(file, AesBox.seal(root, entropy, LABEL, secret));
        return secret;
      }
      return opened(file, root)
          .orElseThrow(
              () ->
                  new CorruptException(
                      "%s does not open under root.key beside it: one of the two is damaged or"
                              .formatted(file)
                          + " of another data folder. Put both back from one backup"));
    } catch (IOException e) {
      throw new UnavailableException("reading or writing " + file, e);
    }
  }

  private static Optional<SecretBytes> opened(Path file, AesKey root) throws IOException {
    return AesBox.open(root, LABEL, Bytes.adopt(Files.readAllBytes(file)))
        .filter(secret -> secret.length == SIZE)
        .map(SecretBytes::adopt);
  }

  /** Seals the secret again under {@code root}, if it still is under the key before. */
  static void reseal(Path folder, AesKey before, AesKey root, Entropy entropy) {
    Path file = in(folder);
    try {
      Optional<SecretBytes> old = mayExist(folder) ? opened(file, before) : Optional.empty();
      if (old.isPresent()) {
        try (SecretBytes secret = old.get()) {
          PrivateFiles.write(file, AesBox.seal(root, entropy, LABEL, secret));
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("sealing " + file + " again", e);
    }
  }

  static StoreSeal seal(SecretBytes secret, String store, Entropy entropy) {
    Bytes info = new CborWriter(64).array(2).text("telltale/store-key").text(store).toBytes();
    return new StoreSeal(store, Hkdf.derive(secret, Bytes.EMPTY, info, SIZE), entropy);
  }
}
