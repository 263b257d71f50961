package io.telltale.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import io.telltale.testkit.Cases;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** IN-5: what is read without a tree is read to the same as with one, or not at all. */
class PlainReadingTest {
  private static final String SCHEMA =
      """
      {"type":"object","additionalProperties":false,"required":["time","values"],
       "properties":{"seq":{"type":"integer"},"sent":{"type":"integer"},
         "time":{"type":"integer"},"sourceTime":{"type":"integer"},
         "firmware":{"type":"string"},
         "values":{"type":"object","additionalProperties":{"type":"number"}},
         "units":{"type":"object","additionalProperties":{"type":"string"}}}}
      """;

  /** What a tenant may do: members that are ours by name, and something else in it. */
  private static final String FOREIGN =
      """
      {"type":"object","additionalProperties":false,
       "properties":{"seq":%1$s,"sent":%1$s,"time":%1$s,"sourceTime":%1$s,
         "firmware":{"type":"object","additionalProperties":{"type":"string"}},
         "values":{"type":"object","additionalProperties":{"type":"number"}}}}
      """
          .formatted("{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\"}}");

  private static final List<Field> FIELDS =
      List.of(
          new Field("temperature", "degF", "degC", -273.15, 250),
          new Field("pressure", "kPa", "kPa", 0, 1_000));

  private static final String GOOD =
      "{\"seq\":7,\"sent\":1700000000000,\"time\":1700000000001,\"sourceTime\":1700000000002,"
          + "\"values\":{\"temperature\":61.25,\"pressure\":412,\"other\":-0},"
          + "\"units\":{\"pressure\":\"kPa\",\"other\":\"x\"},\"firmware\":\"1.4.2\"}";

  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          ",",
          "\"",
          ":",
          "1",
          "-0",
          "1.5",
          "1e999",
          "300",
          "-500",
          "null",
          "\"psi\"",
          "\"degC\"",
          "\"seq\":1",
          "\"values\":{}",
          "\"units\":{\"temperature\":\"degC\"}",
          "\"temperature\"",
          "\"firmware\":{\"a\":\"1\"}",
          " ",
          "\u00e9",
          "\u0080",
          "\\n");

  private final Measures measures = new Measures(FIELDS);

  private static PlainShape.Members plain(String schema) {
    return (PlainShape.Members) PlainShape.of(schema).orElseThrow();
  }

  /** Whether it was read without a tree; if so it is held against the tree. */
  private boolean agrees(byte[] payload) {
    PlainReading reading = PlainReading.of(Bytes.adopt(payload), plain(SCHEMA));
    if (reading == null) {
      return false;
    }
    String text = new String(payload, StandardCharsets.ISO_8859_1);
    JsonNode document = StrictJson.read(Bytes.adopt(payload)).orElseThrow();
    assertThat(MessageSchema.of(SCHEMA).fits(document)).as(text).isTrue();
    assertThat(reading.sequence()).as(text).isEqualTo(document.path("seq").asLong(-1));
    assertThat(reading.sent()).as(text).isEqualTo(document.path("sent").asLong(-1));
    assertThat(reading.time()).as(text).isEqualTo(document.path("time").asLong(-1));
    assertThat(reading.hasSourceTime()).as(text).isEqualTo(document.has("sourceTime"));
    if (reading.hasSourceTime()) {
      assertThat(reading.sourceTime()).as(text).isEqualTo(document.path("sourceTime").longValue());
    }
    assertThat(reading.firmware()).as(text).isEqualTo(document.path("firmware").asString(""));
    Measures.Judged full = measures.of(document);
    List<Measures.Measure> quick = reading.measures(measures);
    assertThat(full instanceof Measures.Judged.Good(var good) ? good : null)
        .as(text)
        .isEqualTo(quick);
    return true;
  }

  @Test
  void a_usual_reading_is_read_without_a_tree() {
    assertThat(agrees(GOOD.getBytes(StandardCharsets.UTF_8))).isTrue();
  }

  @Test
  void mutated_readings_are_read_to_the_same_or_not_at_all() {
    var plain = new AtomicInteger();
    Cases.check(
        20_000,
        random -> {
          var text = new StringBuilder(GOOD);
          for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + random.nextInt(12));
            text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
          }
          if (agrees(text.toString().getBytes(StandardCharsets.UTF_8))) {
            plain.incrementAndGet();
          }
        });
    System.out.printf("of 20,000 mutated readings %,d were plain%n", plain.get());
    assertThat(plain.get()).isPositive();
  }

  @FuzzTest
  void any_bytes_are_read_to_the_same_or_not_at_all(byte[] payload) {
    agrees(payload);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"seq\":{\"n\":5}",
        "\"sent\":{\"ms\":1700000000000}",
        "\"time\":{\"ms\":1700000000000}",
        "\"sourceTime\":{\"s\":1700000000,\"ns\":5}",
        "\"firmware\":{\"app\":\"1.2\"}"
      })
  void what_stands_within_an_object_is_not_taken_for_the_member_itself(String member) {
    String payload = "{" + member + ",\"values\":{\"t\":1}}";
    assertThat(plain(FOREIGN).accepts(StrictJson.read(Bytes.utf8(payload)).orElseThrow())).isTrue();
    assertThat(PlainReading.of(Bytes.utf8(payload), plain(FOREIGN))).isNull();
  }

  @Test
  void nothing_may_follow_that_is_no_blank() {
    for (int tail = 1; tail < 256; tail++) {
      byte[] payload = (GOOD + " ").getBytes(StandardCharsets.ISO_8859_1);
      payload[payload.length - 1] = (byte) tail;
      boolean blank = tail == ' ' || tail == '\t' || tail == '\n' || tail == '\r';
      assertThat(agrees(payload)).as("tail %d", tail).isEqualTo(blank);
    }
  }
}
