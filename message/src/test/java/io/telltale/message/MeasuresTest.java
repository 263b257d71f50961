package io.telltale.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.telltale.message.Measures.Fault;
import io.telltale.message.Measures.Judged;
import io.telltale.testkit.Cases;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Firm ground 27: one rule of what a reading's values may be. */
class MeasuresTest {
  private static final List<String> UNITS =
      List.of("degC", "degF", "K", "kPa", "psi", "bar", "mm/s", "in/s", "%", "1", "rpm", "widget");

  private final Measures measures =
      new Measures(
          List.of(
              new Field("temperature", "degC", "degC", -40, 250),
              new Field("pressure", "bar", "kPa", 0, 1_000)));

  private Judged judged(String document) {
    return measures.of(JsonMapper.shared().readTree(document));
  }

  @Test
  void a_value_out_of_range_is_told_with_the_range_in_the_unit_of_the_lake() {
    assertThat(range("{\"values\":{\"x\":9e9,\"temperature\":250,\"pressure\":11}}"))
        .contains("pressure: 11 bar, which is 1100 kPa, is not between 0 and 1000 kPa");
    assertThat(range("{\"values\":{\"temperature\":300.5}}"))
        .contains("temperature: 300.5 is not between -40 and 250 degC");
    assertThat(range("{\"values\":{\"temperature\":1e300}}"))
        .contains("temperature: 1.0E300 is not between -40 and 250 degC");
    assertThat(range("{\"values\":{\"temperature\":250,\"pressure\":10}}")).isEmpty();
    assertThat(range("{}")).isEmpty();
  }

  private Optional<String> range(String document) {
    return measures.outOfRange(JsonMapper.shared().readTree(document));
  }

  @Test
  void units_convert_within_their_dimension_only() {
    assertThat(Units.between("degF", "degC").orElseThrow().of(-40)).isCloseTo(-40, within(1e-9));
    assertThat(Units.between("K", "degC").orElseThrow().of(273.15)).isCloseTo(0, within(1e-9));
    assertThat(Units.between("in/s", "mm/s").orElseThrow().of(1)).isCloseTo(25.4, within(1e-9));
    assertThat(Units.between("psi", "kPa").orElseThrow().of(100)).isCloseTo(689.4757, within(1e-3));
    assertThat(Units.between("W", "kW").orElseThrow().of(1500)).isCloseTo(1.5, within(1e-9));
    assertThat(Units.between("widget", "widget").orElseThrow().of(3)).isEqualTo(3);
    assertThat(Units.between("W", "kPa")).isEmpty();
    assertThat(Units.between("furlong", "mm")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "70.7, degF, 21.5, degC",
    "21.5, degC, 70.7, degF",
    "-40, degF, -40, degC",
    "294.65, K, 21.5, degC",
    "21.5, degC, 294.65, K",
    "1.013, bar, 101.3, kPa",
    "0.7, mm/s, 0.0007, m/s",
    "1.1, in/s, 27.94, mm/s",
    "90, rpm, 1.5, Hz",
    "7, %, 0.07, 1",
    "9000, J, 2.5, Wh",
    "1e-300, degC, 273.15, K",
    "1e308, degF, 5.555555555555556e307, K"
  })
  void what_is_short_in_one_unit_is_not_long_in_another(
      double value, String from, double expected, String to) {
    assertThat(Units.between(from, to).orElseThrow().of(value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                                 | VALUES_MISSING
          {"values":{}}                                                      | VALUES_MISSING
          {"values":[1]}                                                     | VALUES_MISSING
          {"values":{"temperature":300}}                                     | OUT_OF_RANGE
          {"values":{"temperature":1e300}}                                   | OUT_OF_RANGE
          {"values":{"temperature":20},"units":{"temperature":"furlong"}}    | UNIT_UNKNOWN
          {"values":{"temperature":20},"units":{"temperature":"kPa"}}        | UNIT_UNKNOWN
          {"values":{"pressure":11}}                                         | OUT_OF_RANGE
          {"values":{"x":1},"sourceTime":1795857665303629437}                | TIME_UNSTORABLE
          """)
  void what_cannot_be_stored_has_a_name(String document, Fault fault) {
    String field =
        document.contains("temperature")
            ? "temperature"
            : document.contains("pressure") ? "pressure" : "";
    assertThat(judged(document)).isEqualTo(new Judged.Faulty(fault, field));
  }

  @Test
  void a_unit_is_the_one_said_or_else_the_one_of_its_field() {
    assertThat(judged("{\"values\":{\"temperature\":400},\"units\":{\"temperature\":\"degF\"}}"))
        .isInstanceOf(Judged.Good.class);
    assertThat(judged("{\"values\":{\"pressure\":2,\"state\":\"on\",\"else\":1e308}}"))
        .isInstanceOf(Judged.Good.class);
  }

  @Test
  void all_numbers_of_a_span_are_in_range_to_its_very_ends() {
    Cases.check(
        2_000,
        random -> {
          String unit = UNITS.get(random.nextInt(UNITS.size()));
          String canonical = UNITS.get(random.nextInt(UNITS.size()));
          double min = random.nextDouble(-1e3, 1e3) * Math.pow(10, random.nextInt(-6, 6));
          double max = min + Math.abs(random.nextDouble()) * Math.pow(10, random.nextInt(-3, 9));
          var field = new Field("x", unit, canonical, min, max);
          var one = new Measures(List.of(field));
          one.span("x")
              .ifPresent(
                  span -> {
                    for (double part : new double[] {0, 1e-9, 0.3, 0.5, 1 - 1e-9, 1}) {
                      double value = span.least() + part * (span.greatest() - span.least());
                      value = Math.clamp(value, span.least(), span.greatest());
                      String document = "{\"values\":{\"x\":" + value + "}}";
                      assertThat(one.of(JsonMapper.shared().readTree(document)))
                          .as("%s %s", field, value)
                          .isInstanceOf(Judged.Good.class);
                    }
                  });
        });
  }
}
