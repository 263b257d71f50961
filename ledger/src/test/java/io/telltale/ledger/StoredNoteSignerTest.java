package io.telltale.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("one-store")
class StoredNoteSignerTest {
  @Test
  void the_same_store_gives_the_same_key_again_and_another_store_another() {
    var secrets = new Secrets();
    var signer = StoredNoteSigner.open("telltale.local/ledger", secrets);
    assertThat(StoredNoteSigner.open("telltale.local/ledger", secrets).key())
        .isEqualTo(signer.key());
    assertThat(StoredNoteSigner.open("telltale.local/ledger", new Secrets()).key())
        .isNotEqualTo(signer.key());
  }
}
