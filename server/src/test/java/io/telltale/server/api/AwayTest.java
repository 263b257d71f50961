package io.telltale.server.api;

import static io.telltale.server.api.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.InDoubtException;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
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

  @Test
  void a_store_that_answers_nobody_is_named_and_the_rest_is_told() {
    fixture.ledgerSize = new CompletableFuture<>();
    Response status = fixture.get(fixture.operator, "/v1/status");
    assertThat(status.status()).isEqualTo(200);
    assertThat(json(status).path("unavailable").get(0).asString())
        .startsWith("ledger did not answer within");
    assertThat(json(status).has("ledger")).isFalse();
    assertThat(json(status).path("deadLetters").isNumber()).isTrue();
    fixture.ledgerSize.complete(8L);
    assertThat(
            json(fixture.get(fixture.operator, "/v1/status")).path("ledger").path("size").asInt())
        .isEqualTo(8);
  }

  @Test
  void a_write_of_which_nobody_can_be_asked_is_not_called_undone() {
    fixture.lakeFails =
        Optional.of(new InDoubtException("writing", new IllegalStateException("gone")));
    Response answer =
        fixture.post(fixture.analyst, "/v1/query", "{\"sql\":\"SELECT 1\",\"purpose\":\"t\"}");
    assertThat(answer.status()).isEqualTo(504);
    assertThat(ApiFixture.code(answer)).isEqualTo("in-doubt");
    assertThat(answer.headers()).doesNotContainKey("retry-after");
  }

  @Test
  void who_asks_beside_many_others_is_answered_as_well() throws InterruptedException {
    fixture.ledgerSize = new CompletableFuture<>();
    List<CompletableFuture<Response>> asked = Stream.generate(this::asking).limit(24).toList();
    Waiting.until("as many wait as may", 4, () -> fixture.ledgerSize.getNumberOfDependents() >= 16);
    fixture.ledgerSize.complete(9L);
    assertThat(asked).allSatisfy(one -> assertThat(json(one.join()).has("unavailable")).isFalse());
  }

  private CompletableFuture<Response> asking() {
    return CompletableFuture.supplyAsync(
        () -> fixture.get(fixture.operator, "/v1/status"), Thread::startVirtualThread);
  }
}
