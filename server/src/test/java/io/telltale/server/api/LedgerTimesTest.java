package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import io.telltale.roster.Role;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** LD-1: the ledger searched by time; the one event of the fixture is of noon, and so is now. */
class LedgerTimesTest {
  @TempDir Path folder;
  @AutoClose private ApiFixture fixture;

  @BeforeEach
  void open() {
    fixture = new ApiFixture(folder);
  }

  private Response search(String since, String until) {
    var given = new HashMap<>(Map.of("since", since, "until", until));
    given.values().removeIf(String::isEmpty);
    return fixture.get(fixture.auditor, "/v1/ledger/search", given);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-23T12:00:00Z, '', 1",
    "2026-11-23T13:00:00+01:00, '', 1",
    "2026-11-23T12:00:00.001Z, '', 0",
    "'', 2026-11-23T12:00:00Z, 0",
    "'', 2026-11-23T12:00:00.001Z, 1",
    "PT2H, '', 1",
    "'', P1D, 0",
    "P1D, 2026-11-24T00:00:00Z, 1",
  })
  void events_are_found_from_a_time_on_and_before_another(String since, String until, int found) {
    assertThat(ApiFixture.json(search(since, until)).path("events").size()).isEqualTo(found);
  }

  @Test
  void a_search_beside_one_of_the_same_tenant_is_told_to_try_again_and_one_of_another_is_not() {
    X509Certificate stranger = fixture.person("stranger", ApiFixture.OTHER, Set.of(Role.AUDITOR));
    var inner = new ArrayList<Response>();
    fixture.whileSearching =
        () -> {
          fixture.whileSearching = () -> {};
          inner.add(search("", ""));
          inner.add(fixture.get(stranger, "/v1/ledger/search", Map.of()));
        };
    assertThat(search("", "").status()).isEqualTo(200);
    assertThat(inner).extracting(Response::status).containsExactly(503, 200);
    assertThat(inner.getFirst().body().asUtf8()).contains("busy");
    assertThat(search("", "").status()).isEqualTo(200);
  }

  @Test
  void the_answer_has_the_moments_that_a_time_ago_meant() {
    JsonNode page = ApiFixture.json(search("PT2H", ""));
    assertThat(page.path("since").asString()).isEqualTo("2026-11-23T10:00:00Z");
    assertThat(page.path("until").isNull()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "yesterday, '', since must be a time like",
    "'', 2026-11-23, until must be a time like",
    "-PT1H, '', since must be a time like",
    "PT-1H, '', since must be a time like",
    "P999999D, '', since must be a time like",
    "+999999999-01-01T00:00:00Z, '', since must be a time like",
    "2026-11-23T12:00:00Z, 2026-11-23T11:00:00Z, until (2026-11-23T11:00:00Z) must be after since",
    "PT1H, PT1H, must be after since",
  })
  void times_that_cannot_be_are_refused_with_what_is_wrong(
      String since, String until, String told) {
    Response refused = search(since, until);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.body().asUtf8()).contains(told);
  }
}
