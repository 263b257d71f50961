package io.telltale.server.api;

import static io.telltale.server.api.ApiFixture.code;
import static io.telltale.server.api.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A statement of 160 KB is no bad JSON (firm ground 34). */
class LongStatementTest {
  private static final int CHARS_MAX = 32 * 1024;

  private final ApiFixture fixture;

  LongStatementTest(@TempDir Path dir) {
    fixture = new ApiFixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Response ask(String path, int chars) {
    String start = "SELECT max(value) FROM readings WHERE device = '";
    String sql = start + "x".repeat(chars - start.length() - 1) + "'";
    return fixture.post(fixture.analyst, path, "{\"sql\":\"" + sql + "\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/query", "/v1/trace", "/v1/proofs"})
  void one_that_is_too_long_is_refused_with_the_limit(String path) {
    for (int chars : new int[] {CHARS_MAX + 1, 160 * 1024, 250 * 1024}) {
      Response answer = ask(path, chars);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(code(answer)).isEqualTo("invalid");
      assertThat(json(answer).path("error").path("message").asString())
          .isEqualTo("sql must have at most 32768 characters");
    }
  }

  @Test
  void one_that_is_as_long_as_it_may_be_is_asked() {
    assertThat(ask("/v1/query", CHARS_MAX).status()).isEqualTo(200);
    assertThat(ask("/v1/proofs", CHARS_MAX).status()).isEqualTo(200);
  }
}
