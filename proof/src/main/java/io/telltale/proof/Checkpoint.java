package io.telltale.proof;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.Optional;

/**
 * What a log says it holds (C2SP tlog-checkpoint), without extension lines: we write none and take
 * none.
 *
 * @param origin names the log for good
 */
public record Checkpoint(String origin, long size, Hash root) {

  /** The text that is signed: origin, size and root, each on a line. */
  public String text() {
    return origin + "\n" + size + "\n" + Base64Text.of(root.value()) + "\n";
  }

  /** Empty unless {@code text} is exactly what {@link #text} writes. */
  static Optional<Checkpoint> parse(String text) {
    String[] lines = text.split("\n", -1);
    if (lines.length != 4 || !NoteKey.validName(lines[0]) || !lines[3].isEmpty()) {
      return Optional.empty();
    }
    // A long has at most 19 digits; the comparison at the end refuses signs and leading zeros.
    if (!lines[1].matches("[0-9]{1,19}")) {
      return Optional.empty();
    }
    try {
      long size = Long.parseLong(lines[1]);
      return Base64Text.parse(lines[2])
          .filter(bytes -> bytes.size() == Hash.SIZE)
          .map(bytes -> new Checkpoint(lines[0], size, new Hash(bytes)))
          .filter(checkpoint -> checkpoint.text().equals(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** The checkpoint in {@code note}, if {@code key} signed it and its origin is the key's name. */
  public static Optional<Checkpoint> verify(Bytes note, NoteKey key) {
    return SignedNote.parse(note)
        .filter(signed -> signed.signedBy(key))
        .flatMap(signed -> parse(signed.text()))
        .filter(checkpoint -> checkpoint.origin().equals(key.name()));
  }
}
