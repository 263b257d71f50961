package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** LC-6: forced new keys at the API. */
class RekeyRoutesTest {
  @TempDir private Path folder;
  @AutoClose private ApiFixture fixture;

  @BeforeEach
  void open() {
    fixture = new ApiFixture(folder);
    fixture.addPress("press-1");
    fixture.credential(ApiFixture.device("press-1").in(ApiFixture.DOMAIN));
    fixture.now = fixture.now.plus(Duration.ofMinutes(1));
  }

  private Response begin(String body) {
    return fixture.post(fixture.operator, "/v1/rekeys", body);
  }

  @Test
  void begins_shows_and_stops_one() {
    Response begun =
        begin("{\"covers\":{\"type\":\"press\"},\"perMinute\":5,\"reason\":\"old library\"}");
    assertThat(begun.status()).isEqualTo(201);
    JsonNode shown = ApiFixture.json(fixture.get(fixture.auditor, "/v1/rekeys/1"));
    assertThat(shown.path("left").asInt()).isEqualTo(1);
    assertThat(shown.at("/covers/type").asString()).isEqualTo("press");
    assertThat(shown.path("stopped").isNull()).isTrue();
    JsonNode all = ApiFixture.json(fixture.get(fixture.auditor, "/v1/rekeys", Map.of()));
    assertThat(all.path("rekeys")).hasSize(1);
    Response stopped =
        fixture.post(fixture.operator, "/v1/rekeys/1/stop", "{\"reason\":\"a mistake\"}");
    assertThat(ApiFixture.json(stopped).path("stopped").asString()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"reason\":\"\"}",
        "{\"covers\":{\"colour\":\"red\"},\"reason\":\"x\"}",
        "{\"covers\":{\"type\":\"\"},\"reason\":\"x\"}",
        "{\"covers\":{\"type\":7},\"reason\":\"x\"}",
        "{\"covers\":[],\"reason\":\"x\"}",
        "{\"perMinute\":0,\"reason\":\"x\"}",
        "{\"perMinute\":1000001,\"reason\":\"x\"}",
        "{\"atOnce\":\"yes\",\"reason\":\"x\"}"
      })
  void what_makes_no_sense_is_refused(String body) {
    assertThat(begin(body).status()).as(body).isEqualTo(400);
  }

  @Test
  void whom_nobody_has_and_numbers_of_none_are_not_found() {
    assertThat(begin("{\"covers\":{\"type\":\"pump\"},\"reason\":\"x\"}").status()).isEqualTo(404);
    for (String number : new String[] {"1", "0", "x", "99999999999999999999"}) {
      assertThat(fixture.get(fixture.auditor, "/v1/rekeys/" + number).status())
          .as(number)
          .isEqualTo(404);
    }
  }
}
