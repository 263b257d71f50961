package io.telltale.server.api;

import static io.telltale.server.api.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the API says while a store is away. */
class AwayTest {
  private final ApiFixture fixture;

  AwayTest(@TempDir Path dir) {
    fixture = new ApiFixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void an_operator_is_told_what_does_not_answer() {
    fixture.lettersDown = true;
    Response letters = fixture.get(fixture.operator, "/v1/deadletters");
    assertThat(letters.status()).isEqualTo(503);
    assertThat(letters.body().asUtf8()).contains("the letters' database does not answer");
    Response status = fixture.get(fixture.operator, "/v1/status");
    assertThat(status.status()).isEqualTo(200);
    assertThat(json(status).path("unavailable").get(0).asString())
        .isEqualTo("the letters' database does not answer");
    assertThat(fixture.get(fixture.analyst, "/v1/status").body().asUtf8())
        .contains("does not answer")
        .doesNotContain("database");
  }
}
