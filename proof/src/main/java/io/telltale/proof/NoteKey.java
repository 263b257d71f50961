package io.telltale.proof;

import io.telltale.crypto.Ed25519;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * An Ed25519 key that signs notes, and the name it signs under (C2SP signed-note).
 *
 * @param name the signer: a URL without scheme, for a log its origin line; no space and no plus
 * @param publicKey 32 bytes
 */
public record NoteKey(String name, Bytes publicKey) {
  private static final int ED25519 = 0x01;
  private static final int NAME_LENGTH_MAX = 255;

  public NoteKey {
    if (!validName(name)) {
      throw new IllegalArgumentException("a note key's name has no space, plus or control sign");
    }
    if (publicKey.size() != Ed25519.KEY_SIZE) {
      throw new IllegalArgumentException("an Ed25519 public key has 32 bytes");
    }
  }

  static boolean validName(String name) {
    return !name.isEmpty()
        && name.length() <= NAME_LENGTH_MAX
        && name.codePoints().allMatch(c -> c > ' ' && c < 0x7f && c != '+');
  }

  /**
   * Reads a verifier key, {@code name+hash+key}; empty unless it is exactly what we would write.
   */
  public static Optional<NoteKey> parse(String vkey) {
    String[] parts = vkey.split("\\+", 3);
    if (parts.length != 3 || !validName(parts[0])) {
      return Optional.empty();
    }
    Optional<Bytes> key = Base64Text.parse(parts[2]);
    if (key.isEmpty() || key.get().size() != 1 + Ed25519.KEY_SIZE || key.get().at(0) != ED25519) {
      return Optional.empty();
    }
    var parsed = new NoteKey(parts[0], key.get().slice(1, key.get().size()));
    return parsed.vkey().equals(vkey) ? Optional.of(parsed) : Optional.empty();
  }

  /** The verifier key's text, {@code name+hash+key}. */
  public String vkey() {
    return "%s+%s+%s"
        .formatted(
            name, HexFormat.of().toHexDigits(keyHash()), Base64Text.of(Bytes.adopt(typedKey())));
  }

  /** The first four bytes of SHA-256(name || 0x0A || type || key): tells keys of one name apart. */
  public int keyHash() {
    byte[] named = (name + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] typed = typedKey();
    byte[] input = new byte[named.length + typed.length];
    System.arraycopy(named, 0, input, 0, named.length);
    System.arraycopy(typed, 0, input, named.length, typed.length);
    return Hash.sha256(input).value().asBuffer().getInt();
  }

  boolean verifies(Bytes text, Bytes signature) {
    return Ed25519.verify(publicKey, text, signature);
  }

  private byte[] typedKey() {
    byte[] typed = new byte[1 + publicKey.size()];
    typed[0] = ED25519;
    System.arraycopy(publicKey.borrow(), 0, typed, 1, publicKey.size());
    return typed;
  }

  @Override
  public String toString() {
    return vkey();
  }
}
