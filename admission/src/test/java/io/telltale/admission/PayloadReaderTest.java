package io.telltale.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadReaderTest {
  @Test
  void reads_a_message() {
    var reading =
        read("{\"seq\":1,\"sent\":2,\"time\":3,\"values\":{\"t\":1.5},\"firmware\":\"1.2.3\"}");
    assertThat(reading).isInstanceOf(ParsedPayload.Message.class);
    var message = (ParsedPayload.Message) reading;
    assertThat(message.sequence()).hasValue(1);
    assertThat(message.sent()).isEqualTo(2);
    assertThat(message.time()).isEqualTo(3);
    assertThat(message.firmware()).isEqualTo("1.2.3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "1",
        " {\"sent\":1,\"time\":1}",
        "{\"sent\":1,\"time\":1} x",
        "{\"sent\":1,\"time\":1}{}",
        "{\"sent\":1,\"sent\":1,\"time\":1}",
        "{\"sent\":1,\"time\":1,\"values\":{\"a\":1,\"a\":2}}",
        "{\"sent\":1,\"time\":1,\"values\":{\"a\":[{\"b\":1,\"b\":2}]}}",
        "{\"sent\":1,\"time\":1,\"values\":{\"a\":NaN}}",
        "{\"sent\":1,\"time\":1,\"values\":{\"a\":1e999}}",
        "{\"sent\":1,\"time\":1,\"values\":{\"a\":+1}}",
        "{\"sent\":1,\"time\":1,\"values\":{\"a\":01}}",
        "{\"sent\":1,\"time\":1,\"values\":{'a':1}}",
        "{\"sent\":1,\"time\":1,/*x*/\"values\":{}}",
        "{\"sent\":1,\"time\":1,\"a\":[[[[[[[[1]]]]]]]]}",
        "{\"sent\":1,\"time\":1,\"a\":111111111111111111111111111111111"
            + "11111111111111111111111111111111}"
      })
  void refuses_what_is_not_strict_json(String text) {
    assertThat(read(text)).isEqualTo(new ParsedPayload.Malformed(RefusalReason.NOT_JSON));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sent is missing; {}",
        "time is missing; {\"sent\":1}",
        "sent is no; {\"sent\":1.5,\"time\":1}",
        "sent is no; {\"sent\":\"1\",\"time\":1}",
        "sent is no; {\"sent\":-1,\"time\":1}",
        "time is no; {\"sent\":1,\"time\":\"noon\"}",
        "seq is no; {\"seq\":99999999999999999999,\"sent\":1,\"time\":1}",
        "seq is no; {\"seq\":null,\"sent\":1,\"time\":1}",
        "firmware must be; {\"sent\":1,\"time\":1,\"firmware\":7}",
        "firmware must be; {\"sent\":1,\"time\":1,\"firmware\":\"<script>\"}"
      })
  void refuses_malformed_metadata_and_says_which_without_its_value(String placeAndText) {
    String[] parts = placeAndText.split("; ", 2);
    assertThat(read(parts[1]))
        .isInstanceOfSatisfying(
            ParsedPayload.Malformed.class,
            malformed -> {
              assertThat(malformed.why()).isEqualTo(RefusalReason.METADATA_MALFORMED);
              assertThat(malformed.place())
                  .startsWith(parts[0])
                  .doesNotContain("1.5", "noon", "9999999999999999999", "script");
            });
  }

  @Test
  void refuses_other_encodings_and_broken_utf8() {
    String text = "{\"sent\":1,\"time\":1}";
    assertThat(read(text.getBytes(StandardCharsets.UTF_16LE)))
        .isEqualTo(new ParsedPayload.Malformed(RefusalReason.NOT_JSON));
    assertThat(read(text.getBytes(StandardCharsets.UTF_16)))
        .isEqualTo(new ParsedPayload.Malformed(RefusalReason.NOT_JSON));
    byte[] overlong = "{\"sent\":1,\"time\":1,\"a\":\"xx\"}".getBytes(StandardCharsets.UTF_8);
    overlong[overlong.length - 4] = (byte) 0xc0;
    overlong[overlong.length - 3] = (byte) 0x80;
    assertThat(read(overlong)).isEqualTo(new ParsedPayload.Malformed(RefusalReason.NOT_JSON));
  }

  @Test
  void refuses_more_than_a_quarter_mebibyte() {
    assertThat(read(new byte[AdmissionLimits.PAYLOAD_BYTES_MAX + 1]))
        .isEqualTo(new ParsedPayload.Malformed(RefusalReason.PAYLOAD_TOO_LARGE));
  }

  @FuzzTest
  void never_throws_whatever_the_bytes(byte[] payload) {
    assertThat(read(payload)).isNotNull();
  }

  private static ParsedPayload read(String text) {
    return read(text.getBytes(StandardCharsets.UTF_8));
  }

  private static ParsedPayload read(byte[] payload) {
    return PayloadReader.read(Submission.of("t", Bytes.adopt(payload), false, 1));
  }
}
