package io.telltale.roster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RevocationReasonTest {
  @Test
  void is_read_as_it_was_written_now_and_before() {
    for (RevocationReason reason : RevocationReason.values()) {
      assertThat(RevocationReason.ofStored(reason.text())).contains(reason);
    }
    assertThat(RevocationReason.ofStored("device compromised"))
        .contains(RevocationReason.COMPROMISED);
    assertThat(RevocationReason.ofStored("gateway retired")).contains(RevocationReason.RETIRED);
  }

  @Test
  void is_not_guessed_from_words() {
    for (String text : new String[] {"", "not stolen", "the lost one was superseded", "RETIRED"}) {
      assertThat(RevocationReason.ofStored(text)).as(text).isEmpty();
    }
  }
}
