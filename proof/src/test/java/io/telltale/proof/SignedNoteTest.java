package io.telltale.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Ed25519;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class SignedNoteTest {
  // The example of the C2SP signed-note specification (and of Go's sumdb/note).
  private static final String EXAMPLE_KEY =
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  private static final String EXAMPLE_NOTE =
      """
      If you think cryptography is the answer to your problem,
      then you don't know what your problem is.

      \u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNI\
      uGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
      """;

  private final NoteSigner signer = signer(1);
  private final Checkpoint checkpoint =
      new Checkpoint("telltale.local/ledger", 7, Hash.sha256(new byte[0]));

  private static NoteSigner signer(int filling) {
    byte[] seed = new byte[Ed25519.KEY_SIZE];
    Arrays.fill(seed, (byte) filling);
    return new SeedSigner("telltale.local/ledger", Bytes.adopt(seed));
  }

  @Test
  void verifies_the_example_of_the_specification() {
    NoteKey key = NoteKey.parse(EXAMPLE_KEY).orElseThrow();
    SignedNote note = SignedNote.parse(Bytes.utf8(EXAMPLE_NOTE)).orElseThrow();
    assertThat(key.vkey()).isEqualTo(EXAMPLE_KEY);
    assertThat(note.signedBy(key)).isTrue();
    assertThat(note.encode().asUtf8()).isEqualTo(EXAMPLE_NOTE);
  }

  @Test
  void a_checkpoint_comes_back_from_its_note_under_its_key_only() {
    Bytes note = SignedNote.sign(checkpoint.text(), signer).encode();
    assertThat(Checkpoint.verify(note, signer.key())).contains(checkpoint);
    NoteKey other = signer(2).key();
    assertThat(Checkpoint.verify(note, other)).isEmpty();
    NoteKey renamed = new NoteKey("other.example/ledger", signer.key().publicKey());
    assertThat(Checkpoint.verify(note, renamed)).isEmpty();
  }

  @Test
  void a_change_of_any_byte_of_a_note_is_noticed() {
    byte[] note = SignedNote.sign(checkpoint.text(), signer).encode().toArray();
    for (int at = 0; at < note.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] altered = note.clone();
        altered[at] ^= (byte) (1 << bit);
        assertThat(Checkpoint.verify(Bytes.adopt(altered), signer.key()))
            .as("bit %d of byte %d", bit, at)
            .isEmpty();
      }
    }
  }

  @Test
  void refuses_texts_that_are_not_exactly_a_checkpoint() {
    String root = Base64Text.of(checkpoint.root().value());
    List<String> wrong =
        List.of(
            "",
            "\n",
            "log\n7\n" + root,
            "log\n7\n" + root + "\nmore\n",
            "log\n07\n" + root + "\n",
            "log\n+7\n" + root + "\n",
            "log\n-7\n" + root + "\n",
            "log\n99999999999999999999\n" + root + "\n",
            "log\n9999999999999999999\n" + root + "\n",
            "log\n7\n" + root.substring(4) + "\n",
            "a log\n7\n" + root + "\n",
            "log\r\n7\n" + root + "\n");
    for (String text : wrong) {
      assertThat(Checkpoint.parse(text)).as(text).isEmpty();
    }
    assertThat(Checkpoint.parse("log\n7\n" + root + "\n")).isPresent();
  }

  @Test
  void refuses_verifier_keys_with_any_other_spelling() {
    assertThat(NoteKey.parse(EXAMPLE_KEY.toUpperCase(Locale.ROOT))).isEmpty();
    assertThat(NoteKey.parse(EXAMPLE_KEY.replace("c74f20a3", "c74f20a4"))).isEmpty();
    assertThat(NoteKey.parse(EXAMPLE_KEY + "=")).isEmpty();
    assertThat(NoteKey.parse("a b+c74f20a3+AAAA")).isEmpty();
    assertThat(NoteKey.parse("")).isEmpty();
  }
}
