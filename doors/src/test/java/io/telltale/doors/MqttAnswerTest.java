package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.admission.Outcome;
import io.telltale.admission.RefusalReason;
import io.telltale.doors.packet.MqttAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a PUBACK has room for: one more byte, and nothing at all was told. */
class MqttAnswerTest {
  private static final int BYTES_MAX = 118;

  @ParameterizedTest
  @CsvSource({
    "/properties/a, schema-violation: /properties/a: the payload violates",
    "/properties/values/properties/temperature/maximum, schema-violation: /properties/values/p",
    "\u00b0, schema-violation: \u00b0: the payload violates",
  })
  void a_refusal_says_its_place_and_as_much_else_as_there_is_room_for(String place, String told) {
    String text = text(place);
    assertThat(text).startsWith(told);
    assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(BYTES_MAX);
  }

  @ParameterizedTest
  @CsvSource({"a, 200", "\u00b0, 60"})
  void a_place_that_is_too_long_is_left_out(String one, int times) {
    assertThat(text(one.repeat(times)))
        .isEqualTo("schema-violation: " + RefusalReason.SCHEMA_VIOLATION.sentence());
  }

  private static String text(String place) {
    return MqttAnswer.to(new Outcome.Refused(RefusalReason.SCHEMA_VIOLATION, place)).text();
  }
}
