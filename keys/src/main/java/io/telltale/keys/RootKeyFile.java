package io.telltale.keys;

import io.telltale.crypto.AesGcm;
import io.telltale.crypto.AesKey;
import io.telltale.crypto.Argon2;
import io.telltale.crypto.Cbor;
import io.telltale.crypto.CborReader;
import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** The file with the embedded backend's root key: {@code docs/format/keys.md}. */
final class RootKeyFile {
  private static final String NAME = "root.key";
  private static final String NEXT = "root.key.next";
  private static final int VERSION = 1;
  private static final int PLAIN = 0;
  private static final int ARGON2ID = 1;
  private static final int KEY_SIZE = 32;
  private static final byte[] NONCE = new byte[AesGcm.NONCE_SIZE];
  private static final byte[] LABEL =
      new CborWriter(32).array(2).text("telltale/root-key").integer(VERSION).toArray();

  private RootKeyFile() {}

  static Path in(Path folder) {
    return folder.resolve(NAME);
  }

  /** Known not to be there. */
  static boolean isMissing(Path folder) {
    return Files.notExists(in(folder));
  }

  /** The file's content; the key is in the clear or sealed under the stretched passphrase. */
  private record Content(int kind, Bytes key, Argon2.Cost cost, Bytes salt) {}

  /**
   * The root key, and the one before where that lay in the clear: whatever it seals is to be sealed
   * again under {@code root} before {@link #finish}.
   */
  record Opened(SecretBytes root, Optional<SecretBytes> before) {}

  /**
   * Reads the root key or makes one. One that lay in the clear is replaced when a passphrase is
   * given: the new one waits in {@code root.key.next}, which a start after a crash finds.
   */
  static Opened open(Path folder, Passphrase passphrase, Entropy entropy) {
    Path file = in(folder);
    Path next = folder.resolve(NEXT);
    // Only what is known not to be there: another in its place would open nothing any more.
    if (isMissing(folder)) {
      SecretBytes root = entropy.secret(KEY_SIZE);
      write(file, root, passphrase, entropy);
      return new Opened(root, Optional.empty());
    }
    Content content = read(file);
    if (PrivateFiles.mayExist(next)) {
      SecretBytes before = content.kind() == PLAIN ? plain(content) : key(file, passphrase);
      return new Opened(key(next, passphrase), Optional.of(before));
    }
    if (content.kind() == PLAIN && passphrase instanceof Passphrase.Given) {
      SecretBytes root = entropy.secret(KEY_SIZE);
      write(next, root, passphrase, entropy);
      return new Opened(root, Optional.of(plain(content)));
    }
    return new Opened(key(file, passphrase), Optional.empty());
  }

  /**
   * Puts the next root key in the place of the one before, whose bytes are overwritten as far as
   * the file system writes in place. Nothing may be sealed under that one any more.
   */
  static void finish(Path folder) {
    Path file = folder.resolve(NAME);
    // Opened before the move, so that a crash never finds an overwritten key that is still needed.
    try (FileChannel old = FileChannel.open(file, StandardOpenOption.WRITE)) {
      PrivateFiles.move(folder.resolve(NEXT), file);
      old.write(ByteBuffer.allocate((int) old.size()), 0);
      old.force(true);
    } catch (IOException e) {
      throw new UnavailableException("putting the new root key at " + file, e);
    }
  }

  private static SecretBytes plain(Content content) {
    return SecretBytes.copyOf(content.key().borrow());
  }

  private static SecretBytes key(Path file, Passphrase passphrase) {
    Content content = read(file);
    if (content.kind() == PLAIN) {
      return plain(content);
    }
    return switch (passphrase) {
      case Passphrase.None none ->
          throw new UnavailableException(
              file + " is protected by a passphrase: give its file as keys.passphrase-file");
      case Passphrase.Given given -> unlock(file, content, given.secret());
    };
  }

  private static SecretBytes unlock(Path file, Content content, SecretBytes passphrase) {
    AesKey key = AesKey.of(Argon2.stretch(passphrase, content.salt(), content.cost(), KEY_SIZE));
    return new AesGcm()
        .open(key, NONCE, LABEL, content.key().borrow())
        .filter(root -> root.length == KEY_SIZE)
        .map(SecretBytes::adopt)
        .orElseThrow(
            () -> new CorruptException("wrong passphrase for " + file + ", or it is damaged"));
  }

  private static void write(Path file, SecretBytes root, Passphrase passphrase, Entropy entropy) {
    var out = new CborWriter(128);
    switch (passphrase) {
      case Passphrase.None none -> {
        out.map(3).integer(0).integer(VERSION).integer(1).integer(PLAIN);
        out.integer(2).bytes(root.toArray());
      }
      case Passphrase.Given given -> {
        Bytes salt = entropy.bytes(16);
        Argon2.Cost cost = Argon2.Cost.DEFAULT;
        AesKey key = AesKey.of(Argon2.stretch(given.secret(), salt, cost, KEY_SIZE));
        // The key is used once: a new salt goes with every write.
        byte[] sealed = new AesGcm().seal(key, NONCE, LABEL, root.toArray());
        out.map(7).integer(0).integer(VERSION).integer(1).integer(ARGON2ID);
        out.integer(2).bytes(sealed).integer(3).bytes(salt).integer(4).integer(cost.memoryKib());
        out.integer(5).integer(cost.passes()).integer(6).integer(cost.lanes());
      }
    }
    try {
      PrivateFiles.write(file, out.toBytes());
    } catch (IOException e) {
      throw new UnavailableException("writing " + file, e);
    }
  }

  private static Content read(Path file) {
    byte[] raw;
    try {
      raw = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    }
    Optional<Content> content = Cbor.decode(Bytes.adopt(raw), RootKeyFile::content);
    return content.orElseThrow(() -> new CorruptException(file + " is no root key file"));
  }

  private static Content content(CborReader in) {
    int fields = in.map();
    in.key(0);
    in.integer(VERSION, VERSION);
    in.key(1);
    int kind = (int) in.integer(PLAIN, ARGON2ID);
    in.require(fields == (kind == PLAIN ? 3 : 7));
    in.key(2);
    Bytes key = in.bytes(kind == PLAIN ? KEY_SIZE : KEY_SIZE + AesGcm.TAG_SIZE);
    if (kind == PLAIN) {
      return new Content(kind, key, Argon2.Cost.DEFAULT, Bytes.EMPTY);
    }
    in.key(3);
    Bytes salt = in.bytes(16);
    in.key(4);
    int memoryKib = (int) in.integer(8, 1 << 22);
    in.key(5);
    int passes = (int) in.integer(1, 100);
    in.key(6);
    int lanes = (int) in.integer(1, 16);
    return new Content(kind, key, new Argon2.Cost(memoryKib, passes, lanes), salt);
  }
}
