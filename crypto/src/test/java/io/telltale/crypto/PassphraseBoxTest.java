package io.telltale.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PassphraseBoxTest {
  private static SecretBytes secret(String text) {
    return SecretBytes.adopt(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<String> opened(String passphrase, String label, Bytes box) {
    return PassphraseBox.open(secret(passphrase), label, box)
        .map(found -> new String(found.toArray(), StandardCharsets.UTF_8));
  }

  @Test
  void opens_under_its_passphrase_and_label_only() {
    Bytes box = PassphraseBox.seal(secret("horse"), "key", secret("content"), Entropy.system());
    assertThat(opened("horse", "key", box)).contains("content");
    assertThat(opened("Horse", "key", box)).isEmpty();
    assertThat(opened("horse", "other", box)).isEmpty();
    assertThat(box)
        .isNotEqualTo(
            PassphraseBox.seal(secret("horse"), "key", secret("content"), Entropy.system()));
  }

  @Test
  void whatever_byte_is_changed_or_missing_it_opens_nothing() {
    byte[] box =
        PassphraseBox.seal(secret("horse"), "key", secret("content"), Entropy.system()).toArray();
    for (int at = 0; at < box.length; at += 3) {
      byte[] changed = box.clone();
      // Not the cost's highest bits: guessing costs as much as it says.
      changed[at] ^= 0x01;
      assertThat(opened("horse", "key", Bytes.adopt(changed))).as("byte %d", at).isEmpty();
    }
    for (int length = 0; length < box.length; length += 5) {
      Bytes cut = Bytes.adopt(java.util.Arrays.copyOf(box, length));
      assertThat(opened("horse", "key", cut)).isEmpty();
    }
  }
}
