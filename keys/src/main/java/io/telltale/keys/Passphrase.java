package io.telltale.keys;

import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What protects the embedded backend's root key, besides the file's mode. */
public sealed interface Passphrase {
  /** Nothing: whoever reads the file has the keys. To be said plainly at start. */
  record None() implements Passphrase {}

  /** A passphrase, which is stretched by Argon2id. */
  record Given(SecretBytes secret) implements Passphrase {}

  /**
   * Reads a passphrase file or systemd credential ({@code $CREDENTIALS_DIRECTORY/…}); one newline
   * at the end does not count.
   */
  static Passphrase ofFile(Path file) {
    byte[] raw;
    try {
      raw = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UnavailableException("reading the passphrase from " + file, e);
    }
    int size = raw.length > 0 && raw[raw.length - 1] == '\n' ? raw.length - 1 : raw.length;
    if (size == 0) {
      throw new UnavailableException("the passphrase file " + file + " is empty");
    }
    byte[] secret = Arrays.copyOf(raw, size);
    Arrays.fill(raw, (byte) 0);
    return new Given(SecretBytes.adopt(secret));
  }
}
