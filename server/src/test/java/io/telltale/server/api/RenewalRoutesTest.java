package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** LC-3: who does not renew, at the API. */
class RenewalRoutesTest {
  @TempDir private Path folder;
  @AutoClose private ApiFixture fixture;

  @BeforeEach
  void open() {
    fixture = new ApiFixture(folder);
  }

  @Test
  void says_who_is_overdue_and_by_what() {
    fixture.addPress("press-1");
    fixture.credential(ApiFixture.device("press-1").in(ApiFixture.DOMAIN));
    assertThat(health().path("overdue").asInt()).isZero();
    // Certificates of the fixture last a day.
    fixture.now = fixture.now.plus(Duration.ofHours(20));
    fixture
        .registry
        .renewals()
        .refused(ApiFixture.device("press-1").in(ApiFixture.DOMAIN), "request-key-used");
    JsonNode health = health();
    assertThat(health.path("overdue").asInt()).isEqualTo(1);
    JsonNode cohort = health.path("cohorts").path(0);
    assertThat(cohort.path("cause").asString()).isEqualTo("refused");
    assertThat(cohort.path("why").asString()).isEqualTo("request-key-used");
    assertThat(cohort.path("example").asString()).isEqualTo("press-1");
    assertThat(cohort.path("issuer").asString()).isNotEmpty();
  }

  private JsonNode health() {
    return ApiFixture.json(fixture.get(fixture.auditor, "/v1/renewals"));
  }
}
