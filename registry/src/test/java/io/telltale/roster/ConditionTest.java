package io.telltale.roster;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.registry.Fixture;
import io.telltale.roster.Condition.Answer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IN-4: rules hold by what is known of a caller, and an error is never an allowance. */
class ConditionTest {
  private final Fixture fixture;
  private final Identity press;

  ConditionTest(@TempDir Path dir) {
    fixture = new Fixture(dir);
    press = fixture.enrolled("press-1");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static CelExpression compiled(String text) {
    return switch (CelExpression.compile(text)) {
      case CelExpression.Compiled.Good(CelExpression expression) -> expression;
      case CelExpression.Compiled.Bad(String why) -> throw new AssertionError(why);
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          asset.site == "hall 1"                                              | YES
          asset.environment in ["prod", "test"] && device.type == "press"     | YES
          asset.labels["line"] == "7"                                         | YES
          "cell" in asset.labels && asset.labels["cell"] == "2"               | NO
          asset.labels["cell"] == "2"                                         | UNKNOWN
          device.id.startsWith("press-") && firmware != "1.0"                 | YES
          certificate.notAfter > timestamp("2026-12-01T00:00:00Z")            | YES
          certificate.state == "active" && certificate.fingerprint.size() == 64 | YES
          attestation.state == "attested"                                     | NO
          device.id.matches("^(a+)+$")                                        | NO
          [1, 2, 3].all(n, asset.labels["line"] != string(n))                 | YES
          """)
  void is_evaluated_over_what_is_known_of_a_caller(String text, Answer answer) {
    assertThat(compiled(text).ask(press)).isEqualTo(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "asset.regin == 'eu'",
        "asset.site",
        "1 + 1",
        "asset.site == 7",
        "system('id')",
        "asset.site == 'a' &&",
        "now() > timestamp('2026-12-01T00:00:00Z')"
      })
  void that_is_none_is_a_mistake(String text) {
    assertThat(CelExpression.compile(text)).isInstanceOf(CelExpression.Compiled.Bad.class);
  }

  // The library calls device unknown, which is the beginning of names that are there.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "device.typ == 'plug' | device.typ is not known",
        "firmware == '1' && device.typ.startsWith('p') | device.typ is not known",
        "asset.label['line'] == '7' | asset.label is not known",
        "hall == '7' | hall is not known",
        "system('id') | there is no function system",
      })
  void with_an_unknown_name_is_told_it_and_those_that_are_known(String text, String told) {
    String why = ((CelExpression.Compiled.Bad) CelExpression.compile(text)).why();
    assertThat(why).contains(told).doesNotContain("container", "^", "\n");
    if (told.endsWith("known")) {
      assertThat(why).contains("device.id, device.type", "asset.labels", "attestation.state");
    }
  }

  @Test
  void that_does_not_parse_is_told_where_in_one_line() {
    for (String text :
        List.of("asset.site == 'a' &&\n", "asset.site = 'a'", "1 + 1", "asset.site == 7")) {
      String why = ((CelExpression.Compiled.Bad) CelExpression.compile(text)).why();
      assertThat(why).matches("is no condition: [^\\n^]+").contains(" (line ");
    }
  }

  @Test
  void that_costs_too_much_is_a_mistake_or_has_no_answer() {
    assertThat(CelExpression.compile("(".repeat(500) + "true" + ")".repeat(500)))
        .isInstanceOf(CelExpression.Compiled.Bad.class);
    assertThat(CelExpression.compile("true" + " && true".repeat(1_000)))
        .isInstanceOf(CelExpression.Compiled.Bad.class);
    String ten = "[1,2,3,4,5,6,7,8,9,0]";
    String nested =
        "%1$s.all(a, %1$s.all(b, %1$s.all(c, %1$s.all(d, a + b + c + d >= 0))))".formatted(ten);
    assertThat(compiled(nested).ask(press)).isEqualTo(Answer.UNKNOWN);
  }
}
