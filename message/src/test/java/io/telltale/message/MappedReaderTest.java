package io.telltale.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

/** IN-12: payloads of devices that exist become readings by what a policy declares. */
class MappedReaderTest {
  private static final long NOON = Instant.parse("2026-11-23T12:00:00Z").toEpochMilli();

  private static Mapping.Value value(String name, String from, Mapping.NumberFormat number) {
    return new Mapping.Value(name, from, number, Map.of(), Optional.empty(), false);
  }

  private static Mapping mapping(Mapping.Format format, Mapping.Value... values) {
    return new Mapping(1, format, Optional.empty(), List.of(values), Optional.empty(), Map.of());
  }

  private static Mapping at(String from, Mapping.TimeFormat format, ZoneId zone) {
    return new Mapping(
        1,
        Mapping.Format.JSON,
        Optional.of(new Mapping.Time(from, format, zone)),
        List.of(value("v", "/v", Mapping.NumberFormat.NUMBER)),
        Optional.empty(),
        Map.of());
  }

  private static String read(Mapping mapping, Bytes payload) {
    return switch (new MappedReader(mapping).read(payload, NOON)) {
      case Mapped.Document(var document) -> {
        long time = document.path("time").longValue();
        yield (time == NOON ? "" : Instant.ofEpochMilli(time) + " ")
            + document.path("values")
            + (document.has("units") ? document.path("units").toString() : "");
      }
      case Mapped.Refused(String why) -> "refused: " + why;
    };
  }

  private static String read(Mapping mapping, String payload) {
    return read(mapping, Bytes.utf8(payload));
  }

  @Test
  void members_are_found_by_pointers_with_their_units() {
    var temperature =
        new Mapping.Value(
            "temperature",
            "/AM2301/Temperature",
            Mapping.NumberFormat.NUMBER,
            Map.of(),
            Optional.of("/TempUnit"),
            false);
    var humidity =
        new Mapping.Value(
            "humidity",
            "/AM2301/Humidity",
            Mapping.NumberFormat.NUMBER,
            Map.of(),
            Optional.empty(),
            true);
    var tasmota =
        new Mapping(
            1,
            Mapping.Format.JSON,
            Optional.empty(),
            List.of(temperature, humidity),
            Optional.empty(),
            Map.of("C", "degC", "F", "degF"));

    assertThat(
            read(tasmota, "{\"AM2301\":{\"Temperature\":21.5,\"Humidity\":40},\"TempUnit\":\"C\"}"))
        .isEqualTo("{\"temperature\":21.5,\"humidity\":40.0}{\"temperature\":\"degC\"}");
    assertThat(read(tasmota, "{\"AM2301\":{\"Temperature\":70},\"TempUnit\":\"F\"}"))
        .isEqualTo("{\"temperature\":70.0}{\"temperature\":\"degF\"}");
    assertThat(read(tasmota, "{\"AM2301\":{\"Humidity\":40},\"TempUnit\":\"C\"}"))
        .isEqualTo("refused: lacks /AM2301/Temperature");
    assertThat(read(tasmota, "{\"AM2301\":{\"Temperature\":\"21\"},\"TempUnit\":\"C\"}"))
        .contains("refused: has no number as the mapping writes them at /AM2301/Temperature");
  }

  // It was told that it has no number, where none is wanted.
  @Test
  void a_text_that_is_none_of_the_words_is_told_them_in_their_order() {
    var words = new LinkedHashMap<String, Double>();
    words.put("Online", 1.0);
    words.put("Offline", 0.0);
    var bare =
        new Mapping.Value("on", "", Mapping.NumberFormat.TEXT, words, Optional.empty(), false);
    assertThat(read(mapping(Mapping.Format.TEXT, bare), "Away"))
        .isEqualTo(
            "refused: is none of the words Online, Offline, and no number as the mapping writes"
                + " them");
    var member =
        new Mapping.Value("on", "/s", Mapping.NumberFormat.NUMBER, words, Optional.empty(), false);
    assertThat(read(mapping(Mapping.Format.JSON, member), "{\"s\":\"Away\"}"))
        .isEqualTo("refused: is none of the words Online, Offline at /s");
    assertThat(read(mapping(Mapping.Format.JSON, member), "{\"s\":[]}"))
        .isEqualTo("refused: has no number as the mapping writes them at /s");
  }

  // Zigbee2MQTT's battery, as long as the sensor has told none.
  @Test
  void an_optional_member_that_is_null_is_as_if_it_were_not_there() {
    var number = Mapping.NumberFormat.NUMBER;
    var battery =
        new Mapping.Value("battery", "/battery", number, Map.of(), Optional.empty(), true);
    var open = new Mapping.Value("open", "/contact", number, Map.of(), Optional.empty(), false);
    var mapping =
        new Mapping(
            1,
            Mapping.Format.JSON,
            Optional.empty(),
            List.of(open, battery),
            Optional.empty(),
            Map.of());
    assertThat(read(mapping, "{\"contact\":1,\"battery\":null}")).startsWith("{\"open\":1.0}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          TEXT          | 21.5       | {"v":21.5}
          TEXT          | -1e3       | {"v":-1000.0}
          TEXT          | 21,5       | refused
          TEXT          | 1.234.567  | refused
          TEXT          | 1e999      | refused
          TEXT          | 0x10       | refused
          TEXT          | NaN        | refused
          TEXT          | ON         | {"v":1.0}
          DECIMAL_COMMA | 21,5       | {"v":21.5}
          DECIMAL_COMMA | 21         | {"v":21.0}
          DECIMAL_COMMA | 21.5       | refused
          DECIMAL_COMMA | 1.234,5    | refused
          """)
  void a_bare_value_is_a_number_as_declared_or_refused(
      Mapping.NumberFormat format, String payload, String expected) {
    var value = new Mapping.Value("v", "", format, Map.of("ON", 1.0), Optional.empty(), false);
    assertThat(read(mapping(Mapping.Format.TEXT, value), payload + "\n")).startsWith(expected);
  }

  @Test
  void booleans_and_words_stand_for_numbers_where_declared() {
    var door =
        new Mapping.Value(
            "open",
            "/contact",
            Mapping.NumberFormat.NUMBER,
            Map.of("false", 1.0, "true", 0.0),
            Optional.empty(),
            false);
    assertThat(read(mapping(Mapping.Format.JSON, door), "{\"contact\":false}"))
        .isEqualTo("{\"open\":1.0}");
    assertThat(read(mapping(Mapping.Format.JSON, door), "{\"contact\":\"no\"}"))
        .startsWith("refused");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          EPOCH_SECONDS | 1764000000.25               | 2025-11-24T16:00:00.250Z
          EPOCH_MILLIS  | 1764000000250               | 2025-11-24T16:00:00.250Z
          EPOCH_MILLIS  | 1764000000250000000000      | refused
          EPOCH_MILLIS  | 1795857665303629437         | refused
          EPOCH_MILLIS  | -1                          | refused
          EPOCH_SECONDS | 1e300                       | refused
          EPOCH_SECONDS | "1764000000"                | refused
          ISO_8601      | "2025-11-24T17:00:00+01:00" | 2025-11-24T16:00:00Z
          ISO_8601      | "2025-11-24T17:00:00"       | 2025-11-24T16:00:00Z
          ISO_8601      | "2025-02-30T17:00:00"       | refused
          ISO_8601      | "+999999999-12-31T23:59:59" | refused
          ISO_8601      | "yesterday"                 | refused
          """)
  void a_time_is_read_as_declared_or_refused(
      Mapping.TimeFormat format, String time, String expected) {
    Mapping mapping = at("/t", format, ZoneId.of("Europe/Berlin"));
    assertThat(read(mapping, "{\"v\":1,\"t\":%s}".formatted(time))).startsWith(expected);
  }

  // Berlin left out 02:00 to 03:00 on 2025-03-30, and had it twice on 2025-10-26.
  @ParameterizedTest
  @CsvSource({
    "2025-03-30T02:30:00, 2025-03-30T01:30:00Z, refused",
    "2025-10-26T02:30:00, 2025-10-26T00:30:01Z, 2025-10-26T00:30:00Z",
    "2025-10-26T02:30:00, 2025-10-26T01:29:59Z, 2025-10-26T01:30:00Z",
    "2025-10-26T02:30:00, 2025-10-27T00:00:00Z, 2025-10-26T01:30:00Z",
    "2025-10-26T02:30:00+02:00, 2025-10-27T00:00:00Z, 2025-10-26T00:30:00Z"
  })
  void a_local_time_that_never_was_is_refused_and_of_two_the_one_nearer_to_the_receipt_is_taken(
      String time, Instant received, String expected) {
    var reader =
        new MappedReader(at("/t", Mapping.TimeFormat.ISO_8601, ZoneId.of("Europe/Berlin")));
    Mapped read =
        reader.read(Bytes.utf8("{\"v\":1,\"t\":\"" + time + "\"}"), received.toEpochMilli());
    assertThat(
            read instanceof Mapped.Document(var document)
                ? Instant.ofEpochMilli(document.path("time").longValue()).toString()
                : "refused")
        .isEqualTo(expected);
  }

  @Test
  void nested_objects_become_flat_names() {
    var flat =
        new Mapping(
            1,
            Mapping.Format.JSON,
            Optional.empty(),
            List.of(),
            Optional.of(new Mapping.Flatten("/ENERGY", "energy_", "_")),
            Map.of());

    assertThat(
            read(flat, "{\"ENERGY\":{\"Power\":[5,7],\"Total kWh\":1.5,\"Since\":\"x\"},\"a\":2}"))
        .isEqualTo("{\"energy_Power_0\":5.0,\"energy_Power_1\":7.0,\"energy_Total_kWh\":1.5}");
    assertThat(read(flat, "{\"ENERGY\":{\"a b\":1,\"a_b\":2}}")).contains("a value twice");
    assertThat(read(flat, "{\"ENERGY\":{\"a\":\"x\"}}")).contains("no value");
    assertThat(read(flat, "{\"ENERGY\":{\"%s\":1}}".formatted("a".repeat(65))))
        .contains("cannot be a value's");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{}{}",
        "{\"v\":1,\"v\":2}",
        "{\"v\":1e999}",
        "{\"v\":NaN}",
        "[1]",
        "\u0000{\"v\":1}",
        "{\"v\":null}",
        "{'v':1}"
      })
  void what_is_not_strict_json_with_the_value_is_refused(String payload) {
    assertThat(
            read(
                mapping(Mapping.Format.JSON, value("v", "/v", Mapping.NumberFormat.NUMBER)),
                payload))
        .startsWith("refused");
  }

  @Test
  void cbor_is_read_like_json() {
    byte[] cbor =
        CBORMapper.shared().writeValueAsBytes(Map.of("a", Map.of("b", 21.5), "c", List.of(1, 2)));
    Mapping mapping =
        mapping(
            Mapping.Format.CBOR,
            value("v", "/a/b", Mapping.NumberFormat.NUMBER),
            value("w", "/c/1", Mapping.NumberFormat.NUMBER));
    assertThat(read(mapping, Bytes.adopt(cbor))).isEqualTo("{\"v\":21.5,\"w\":2.0}");
    assertThat(read(mapping, Bytes.ofHex("a1"))).startsWith("refused");
    assertThat(read(mapping, Bytes.ofHex("f97e00"))).startsWith("refused");
  }

  // Bytes of any kind give a reading or a refusal, in every format.
  @ParameterizedTest
  @EnumSource(Mapping.Format.class)
  void never_throws(Mapping.Format format) {
    var random = new Random(20_261_128);
    var value = value("v", format.isSenml() ? "v" : "", Mapping.NumberFormat.TEXT);
    var flat =
        new Mapping(
            1,
            format,
            Optional.empty(),
            List.of(),
            format.isSenml() ? Optional.empty() : Optional.of(new Mapping.Flatten("", "", "_")),
            Map.of());
    byte[] seed =
        format.isCbor()
            ? CBORMapper.shared().writeValueAsBytes(JsonMapper.shared().readTree(Senml.RFC_5_1_3))
            : Senml.RFC_5_1_3.getBytes(StandardCharsets.UTF_8);
    for (Mapping mapping : List.of(mapping(format, value), flat)) {
      for (int i = 0; i < 20_000; i++) {
        byte[] bytes = seed.clone();
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        assertThat(new MappedReader(mapping).read(Bytes.adopt(bytes), NOON)).isNotNull();
      }
    }
  }

  /** RFC 8428; its examples by their sections. */
  @Nested
  class Senml {
    static final String RFC_5_1_3 =
        """
        [{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,
          "n":"voltage","u":"V","v":120.1},
         {"n":"current","v":1.2}]
        """;
    private final Mapping all = mapping(Mapping.Format.SENML_JSON);

    @Test
    void one_record_5_1_1() {
      assertThat(read(all, "[{\"n\":\"urn:dev:ow:10e2073a01080063\",\"u\":\"Cel\",\"v\":23.1}]"))
          .isEqualTo(
              "{\"urn_dev_ow_10e2073a01080063\":23.1}{\"urn_dev_ow_10e2073a01080063\":\"degC\"}");
    }

    @Test
    void base_fields_are_resolved_5_1_2() {
      assertThat(read(all, RFC_5_1_3))
          .isEqualTo(
              "2010-06-08T18:01:16.001Z {\"voltage\":120.1,\"current\":1.2}"
                  + "{\"voltage\":\"V\",\"current\":\"A\"}");
    }

    @Test
    void records_are_chosen_by_their_names_with_or_without_the_base() {
      var chosen =
          mapping(
              Mapping.Format.SENML_JSON,
              value("volts", "voltage", Mapping.NumberFormat.NUMBER),
              value("amps", "urn:dev:ow:10e2073a0108006:current", Mapping.NumberFormat.NUMBER));
      assertThat(read(chosen, RFC_5_1_3)).contains("{\"volts\":120.1,\"amps\":1.2}");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            [{"bn":"a:","bv":20,"n":"x","v":1.5},{"n":"y"}] | {"x":21.5,"y":20.0}
            [{"n":"on","vb":true},{"n":"s","vs":"text"}] | {"on":1.0}
            [{"bn":"kitchen/temp","v":20}] | {"temp":20.0}
            [{"n":"x","v":1,"t":-60}] | 2026-11-23T11:59:00Z {"x":1.0}
            [{"n":"x","v":1,"t":-60},{"n":"y","v":2}] | refused: has records of several times
            [{"n":"x","v":1},{"n":"x","v":2}] | refused: has a value twice
            [{"n":"x","v":1,"new_":2}] | refused: has a field that has to be understood
            [{"bver":11,"n":"x","v":1}] | refused: is of a version
            [{"n":"-x","v":1}] | refused: has a record without a good name
            [{"v":1}] | refused: has a record without a good name
            [{"n":"x","v":1,"t":1e300}] | refused: has a time out of range
            [{"bv":1e308,"n":"x","v":1e308}] | refused: has a number without a bound
            [{"n":"x","v":"1"}] | refused: has no value
            [] | refused: is no array
            {"n":"x","v":1} | refused: is no array
            """)
    void is_read_to_the_letter_or_refused(String pack, String expected) {
      assertThat(read(all, pack)).startsWith(expected);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        textBlock =
            """
            [{"n":"voltage","v":1}] | refused: lacks current
            [{"n":"voltage","v":1},{"n":"current"}] | refused: lacks current
            [{"n":"voltage","v":1},{"n":"current","v":null}] | refused: lacks current
            [{"n":"voltage","v":1},{"n":"current","vd":"AA"}] | refused: lacks current
            [{"n":"voltage","v":1},{"n":"current","v":"2"}] | refused: has no number as the mapping
            [{"n":"voltage","v":1},{"n":"current","vs":"half"}] | refused: is none of the words full
            [{"n":"voltage","v":1},{"n":"current","v":2},{"n":"on","vb":2}] | refused: has no numb
            [{"n":"voltage","v":1},{"n":"current","vs":"full"}] | {"volts":1.0,"amps":16.0}
            [{"n":"voltage","v":1},{"n":"current","v":2},{"n":"on","v":null}] | {"volts":1.0,"amps
            [{"n":"voltage","v":1},{"n":"current","v":2},{"n":"x","vs":"?"}] | {"volts":1.0,"amps"
            """)
    void a_pack_without_a_value_that_the_mapping_needs_is_no_reading(String pack, String expected) {
      var number = Mapping.NumberFormat.NUMBER;
      var amps =
          new Mapping.Value(
              "amps", "current", number, Map.of("full", 16.0), Optional.empty(), false);
      var on = new Mapping.Value("on", "on", number, Map.of(), Optional.empty(), true);
      var needs = mapping(Mapping.Format.SENML_JSON, value("volts", "voltage", number), amps, on);
      assertThat(read(needs, pack)).startsWith(expected);
    }

    // RFC 8428 section 6, figure 3.
    @Test
    void cbor_labels_are_numbers_6() {
      Bytes pack =
          Bytes.ofHex(
              "87a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b00"
                  + "106223614120050067766f6c7461676501615602fb405e066666666666a3006763757272656e74"
                  + "062402fb3ff3333333333333a3006763757272656e74062302fb3ff4cccccccccccda300676375"
                  + "7272656e74062202fb3ff6666666666666a3006763757272656e74062102f93e00a30067637572"
                  + "72656e74062002fb3ff999999999999aa3006763757272656e74060002fb3ffb333333333333");
      assertThat(read(mapping(Mapping.Format.SENML_CBOR), pack)).contains("several times");
      Bytes one = Bytes.ofHex("81a3006474656d7001634365" + "6c02fb4037199999999" + "99a");
      assertThat(read(mapping(Mapping.Format.SENML_CBOR), one))
          .isEqualTo("{\"temp\":23.1}{\"temp\":\"degC\"}");
    }
  }

  @Test
  void the_same_bytes_at_the_same_time_are_the_same_reading() {
    Mapping mapping = at("/t", Mapping.TimeFormat.ISO_8601, ZoneOffset.UTC);
    Bytes payload = Bytes.utf8("{\"v\":0.1,\"t\":\"2026-11-23T11:00:00\"}");
    assertThat(new MappedReader(mapping).read(payload, NOON))
        .isEqualTo(new MappedReader(mapping).read(payload, NOON));
  }
}
