package io.telltale.admission;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import io.telltale.message.ReadingForm;
import io.telltale.roster.Policy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * IN-5: the quick way lets nothing pass that the full reader and the schema's validator would not.
 */
class PlainPayloadTest {
  private static final String GOOD =
      "{\"seq\":7,\"sent\":1700000000000,\"time\":1700000000001,\"values\":{\"temperature\":61.25,"
          + "\"pressure\":412},\"units\":{\"pressure\":\"Pa\"},\"firmware\":\"1.4.2\"}";
  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ":",
          ",",
          "\"",
          "\"seq\":",
          "\"sent\":1",
          "\"values\":{",
          "null",
          "true",
          "1e999",
          "-0",
          "0",
          "9007199254740993",
          "99999999999999999999",
          "1.0",
          "-101",
          "500.0001",
          "\\u0041",
          "\\ud800",
          "\"a\"",
          "\"temperature\":1",
          "\"units\":{\"power\":\"\"}",
          " ",
          "x",
          "\"firmware\":\"\\n\"",
          "\"firmware\":\"1\\u000a\"",
          "NaN",
          "\u00e9",
          "/**/");

  private final ReadingForm form = new ReadingForm(schema(), List.of(), null, 0);

  @Test
  void takes_the_factory_schema_and_a_usual_reading() {
    assertThat(PayloadReader.read(submission(GOOD.getBytes(StandardCharsets.UTF_8)), form, 0))
        .isEqualTo(
            new ParsedPayload.Message(
                null,
                java.util.OptionalLong.of(7),
                1_700_000_000_000L,
                1_700_000_000_001L,
                "1.4.2"));
  }

  @Test
  void accepts_nothing_that_the_validator_does_not() {
    var random = new Random(20_261_123);
    int quick = 0;
    for (int i = 0; i < 50_000; i++) {
      quick += agrees(mutated(random).getBytes(StandardCharsets.UTF_8)) ? 1 : 0;
    }
    System.out.printf("of 50,000 mutated readings %d took the quick way%n", quick);
    assertThat(quick).isPositive();
  }

  @FuzzTest
  void accepts_nothing_that_the_validator_does_not(byte[] payload) {
    agrees(payload);
  }

  private static String mutated(Random random) {
    var text = new StringBuilder(GOOD);
    int changes = 1 + random.nextInt(2);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(3));
      text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  /** Whether it took the quick way; if it did, the full way must say the same. */
  private boolean agrees(byte[] payload) {
    if (!(PayloadReader.read(submission(payload), form, 0) instanceof ParsedPayload.Message quick)
        || quick.document() != null) {
      return false;
    }
    ParsedPayload full = PayloadReader.read(submission(payload));
    assertThat(full).isInstanceOf(ParsedPayload.Message.class);
    var message = (ParsedPayload.Message) full;
    assertThat(message.fits(form)).isTrue();
    assertThat(form.schema().violations(requireNonNull(message.document()))).isEmpty();
    assertThat(message.sequence()).isEqualTo(quick.sequence());
    assertThat(message.sent()).isEqualTo(quick.sent());
    assertThat(message.time()).isEqualTo(quick.time());
    assertThat(message.firmware()).isEqualTo(quick.firmware());
    return true;
  }

  private static Submission submission(byte[] payload) {
    return Submission.of("t", Bytes.adopt(payload), false, 1);
  }

  private static String schema() {
    try (var file = Policy.class.getResourceAsStream("factory-policy.json")) {
      assertThat(file).isNotNull();
      JsonNode policy = JsonMapper.builder().build().readTree(file.readAllBytes());
      return policy.path("messageTypes").path(0).path("schema").toString();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
