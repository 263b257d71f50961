package io.telltale.proof;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A text and its signatures (C2SP signed-note).
 *
 * @param text ends in a newline; the signatures cover exactly these bytes
 */
public record SignedNote(String text, List<Signature> signatures) {
  private static final int BYTES_MAX = 64 * 1024;
  private static final int SIGNATURES_MAX = 32;
  private static final String DASH = "\u2014 ";

  /** A signature under the key of that name and hash; others may stand beside it. */
  record Signature(String name, int keyHash, Bytes signature) {}

  public SignedNote {
    signatures = List.copyOf(signatures);
  }

  public static SignedNote sign(String text, NoteSigner signer) {
    NoteKey key = signer.key();
    var signature = new Signature(key.name(), key.keyHash(), signer.sign(Bytes.utf8(text)));
    return new SignedNote(text, List.of(signature));
  }

  /** Empty for anything malformed or too big; verifies nothing yet. */
  static Optional<SignedNote> parse(Bytes note) {
    String all = note.asUtf8();
    if (note.size() > BYTES_MAX
        || !Bytes.utf8(all).equals(note)
        || all.chars().anyMatch(c -> c < ' ' && c != '\n')) {
      return Optional.empty();
    }
    int blank = all.lastIndexOf("\n\n");
    if (blank <= 0 || !all.endsWith("\n")) {
      return Optional.empty();
    }
    String block = all.substring(blank + 2);
    if (block.isEmpty()) {
      return Optional.empty();
    }
    String[] lines = block.substring(0, block.length() - 1).split("\n", -1);
    if (lines.length > SIGNATURES_MAX) {
      return Optional.empty();
    }
    var signatures = new ArrayList<Signature>();
    for (String line : lines) {
      Optional<Signature> signature = parseLine(line);
      if (signature.isEmpty()) {
        return Optional.empty();
      }
      signatures.add(signature.get());
    }
    return Optional.of(new SignedNote(all.substring(0, blank + 1), signatures));
  }

  private static Optional<Signature> parseLine(String line) {
    if (!line.startsWith(DASH)) {
      return Optional.empty();
    }
    String[] parts = line.substring(DASH.length()).split(" ", -1);
    if (parts.length != 2 || !NoteKey.validName(parts[0])) {
      return Optional.empty();
    }
    return Base64Text.parse(parts[1])
        .filter(bytes -> bytes.size() > Integer.BYTES)
        .map(
            bytes ->
                new Signature(
                    parts[0], bytes.asBuffer().getInt(), bytes.slice(Integer.BYTES, bytes.size())));
  }

  /** Whether one of the signatures is {@code key}'s and covers the text. */
  boolean signedBy(NoteKey key) {
    Bytes covered = Bytes.utf8(text);
    return signatures.stream()
        .filter(one -> one.name().equals(key.name()) && one.keyHash() == key.keyHash())
        .anyMatch(one -> key.verifies(covered, one.signature()));
  }

  public Bytes encode() {
    var out = new StringBuilder(text).append('\n');
    for (Signature one : signatures) {
      ByteBuffer hashed = ByteBuffer.allocate(Integer.BYTES + one.signature().size());
      hashed.putInt(one.keyHash()).put(one.signature().borrow());
      out.append(DASH).append(one.name()).append(' ');
      out.append(Base64Text.of(Bytes.adopt(hashed.array()))).append('\n');
    }
    return Bytes.adopt(out.toString().getBytes(StandardCharsets.UTF_8));
  }
}
