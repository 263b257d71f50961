package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What no store is asked for: PostgreSQL refuses a text with a NUL in it. */
class BadQueryTest {
  @TempDir Path folder;
  @AutoClose private ApiFixture fixture;

  @BeforeEach
  void open() {
    fixture = new ApiFixture(folder);
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/ledger/search, type, 0000",
    "/v1/ledger/search, subject, 001b",
    "/v1/devices, after, 0000",
    "/v1/devices, attribute.line, 007f",
    "/v1/deadletters, reason, 0085",
  })
  void a_control_character_is_refused_with_its_parameter(String path, String name, String code) {
    String value = "a" + Character.toString(Integer.parseInt(code, 16));
    Response refused = fixture.get(fixture.operator, path, Map.of(name, value));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(ApiFixture.code(refused)).isEqualTo("bad-query");
    assertThat(refused.body().asUtf8()).contains("the parameter " + name + " has");
  }

  // A filter that is not understood would answer another question.
  @ParameterizedTest
  @CsvSource({
    "/v1/ledger/search, sinc, P1D, there is no parameter sinc here",
    "/v1/ledger/search, since, '', the parameter since is empty",
    "/v1/ledger/search, type, \uFFFD, not UTF-8",
    "/v1/ledger/checkpoint, size, 4, there is no parameter size here",
    "/v1/deadletters, devices, press-1, there is no parameter devices here",
    "/v1/devices, colour, red, there is no parameter colour here",
    "/v1/devices, state, '', the parameter state is empty",
  })
  void a_parameter_that_means_nothing_there_is_refused(
      String path, String name, String value, String why) {
    Response refused = fixture.get(fixture.operator, path, Map.of(name, value));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(ApiFixture.code(refused)).isEqualTo("bad-query");
    assertThat(refused.body().asUtf8()).contains(why);
  }

  @ParameterizedTest
  @CsvSource({"0000", "000a"})
  void one_in_a_name_is_refused_and_not_said_again(String code) {
    String name = "attribute." + Character.toString(Integer.parseInt(code, 16));
    Response refused = fixture.get(fixture.operator, "/v1/devices", Map.of(name, "1"));
    assertThat(ApiFixture.code(refused)).isEqualTo("bad-query");
    assertThat(refused.body().asUtf8()).doesNotContain("\\n", "\\u0000");
  }

  @Test
  void one_in_the_reason_of_letters_to_be_replayed_is_a_mistake_of_who_asks() {
    Response refused =
        fixture.post(fixture.operator, "/v1/deadletters/replay", "{\"reason\":\"a\\u0000\"}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.body().asUtf8()).contains("reason must be printable");
  }

  @ParameterizedTest
  @CsvSource({"sql", "purpose"})
  void one_in_a_question_is_recorded_nowhere(String member) {
    String start = "\"" + member + "\":\"";
    String body = "{\"sql\":\"SELECT 1\",\"purpose\":\"x\"}".replace(start, start + "\\u0000");
    Response refused = fixture.post(fixture.analyst, "/v1/query", body);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.body().asUtf8()).contains(member + " must not have the character U+0000");
  }
}
