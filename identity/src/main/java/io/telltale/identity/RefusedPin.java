package io.telltale.identity;

import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.pkcs11.Token;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The PIN in a file, of which the token has to refuse one only once: a supervisor that starts the
 * server again and again would lock the token. Which one that was is kept sealed, as a hash.
 */
final class RefusedPin implements Token.Pin {
  static final String FILE = "pin.refused";

  private static final String PURPOSE = "telltale refused pin";

  private final Path pinFile;
  private final Path folder;
  private final KeyWrap wrap;
  private final String token;

  RefusedPin(Path pinFile, Path folder, KeyWrap wrap, String token) {
    this.pinFile = pinFile;
    this.folder = folder;
    this.wrap = wrap;
    this.token = token;
  }

  @Override
  public SecretBytes read() {
    SecretBytes pin = typed();
    if (isRefused(pin)) {
      pin.close();
      throw new UnavailableException(
          ("the token \"%s\" has refused the PIN in %s before, and it is not tried again, since"
                  + " that would lock the token: put the right one there; where the token took that"
                  + " PIN since, delete %s")
              .formatted(token, pinFile, folder.resolve(FILE)));
    }
    return pin;
  }

  private SecretBytes typed() {
    byte[] raw;
    try {
      raw = Files.readAllBytes(pinFile);
    } catch (IOException e) {
      throw new UnavailableException("reading the PIN from " + pinFile, e);
    }
    int size = raw.length > 0 && raw[raw.length - 1] == '\n' ? raw.length - 1 : raw.length;
    byte[] text = Arrays.copyOf(raw, size);
    Arrays.fill(raw, (byte) 0);
    if (size == 0) {
      throw new UnavailableException("the PIN file " + pinFile + " is empty");
    }
    return SecretBytes.adopt(text);
  }

  // What does not open says that one was refused, and not which.
  private boolean isRefused(SecretBytes pin) {
    try {
      Path file = folder.resolve(FILE);
      if (!PrivateFiles.mayExist(file)) {
        return false;
      }
      try (SecretBytes kept = wrap.unwrap(PURPOSE, Bytes.adopt(Files.readAllBytes(file)));
          SecretBytes now = hash(pin)) {
        return kept.equals(now);
      }
    } catch (CorruptException e) {
      return true;
    } catch (IOException e) {
      throw new UnavailableException("reading " + folder.resolve(FILE), e);
    }
  }

  @Override
  public void refused() {
    try (SecretBytes pin = typed();
        SecretBytes hash = hash(pin)) {
      PrivateFiles.folder(folder);
      PrivateFiles.write(folder.resolve(FILE), wrap.wrap(PURPOSE, hash));
    } catch (IOException e) {
      throw new UnavailableException("writing " + folder.resolve(FILE), e);
    }
  }

  private SecretBytes hash(SecretBytes pin) {
    byte[] text = pin.toArray();
    try {
      var digest = Hash.digest();
      digest.update(Bytes.utf8(token + "\0").borrow());
      return SecretBytes.adopt(digest.digest(text));
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }
}
