package io.telltale.pipeline.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.roster.DeviceBook.Claim;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a commit tells of its devices. */
@Tag("one-store")
class GatheredTest {
  @Test
  void the_last_version_of_firmware_that_was_said_is_told_and_silence_takes_nothing_back() {
    var gathered = new Gathered();
    gathered.seen(1, said(1, "1.0"));
    gathered.seen(1, said(1, "2.0"));
    gathered.seen(1, Optional.empty());
    gathered.seen(2, Optional.empty());
    gathered.seen(3, said(1, "2.0"));
    gathered.seen(3, said(1, "1.0"));
    gathered.seen(4, said(2, "2.0"));
    gathered.seen(4, said(1, "1.0"));
    assertThat(gathered.devices())
        .containsEntry(1, said(1, "2.0"))
        .containsEntry(2, Optional.empty())
        .containsEntry(3, said(1, "1.0"))
        .containsEntry(4, said(2, "2.0"));
  }

  private static Optional<Claim> said(int enrolment, String firmware) {
    return Optional.of(new Claim(enrolment, firmware));
  }
}
