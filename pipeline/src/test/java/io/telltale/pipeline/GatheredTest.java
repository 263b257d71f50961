package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.roster.DeviceBook.Claim;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a commit tells of its devices. */
@Tag("one-store")
class GatheredTest {
  @Test
  void a_new_version_of_firmware_is_not_taken_back_by_messages_that_say_none() {
    var gathered = new Gathered();
    gathered.seen(1, new Claim(1, "1.0"), "1.0");
    gathered.seen(1, new Claim(1, "2.0"), "1.0");
    gathered.seen(1, new Claim(1, "1.0"), "1.0");
    gathered.seen(2, new Claim(1, "1.0"), "1.0");
    assertThat(gathered.devices())
        .containsEntry(1, new Claim(1, "2.0"))
        .containsEntry(2, new Claim(1, "1.0"));
  }
}
