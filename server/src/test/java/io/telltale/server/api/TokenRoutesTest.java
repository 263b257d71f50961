package io.telltale.server.api;

import static io.telltale.server.api.ApiFixture.code;
import static io.telltale.server.api.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyDocument;
import io.telltale.registry.Registry;
import io.telltale.roster.Policy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class TokenRoutesTest {
  private final ApiFixture fixture;

  TokenRoutesTest(@TempDir Path dir) {
    fixture = new ApiFixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private void disable(String id) {
    fixture.post(fixture.operator, "/v1/devices/" + id + "/disable", "{\"reason\":\"stolen\"}");
  }

  @Test
  void a_device_that_is_retired_is_not_to_be_changed_but_another_registered() {
    fixture.addPress("press-1");
    fixture.post(fixture.operator, "/v1/devices/press-1/retire", "{\"reason\":\"scrapped\"}");
    String other = ApiFixture.press("press-1").replace("hall 1", "hall 2");
    Response refused = fixture.post(fixture.operator, "/v1/devices", other);
    assertThat(code(refused)).isEqualTo("conflict");
    assertThat(refused.body().asUtf8()).contains("retired, for good").doesNotContain("device set");
  }

  @Test
  void a_device_that_may_not_enroll_is_told_the_way_that_is_open_to_it() {
    fixture.addPress("press-1");
    disable("press-1");
    assertThat(tokenRefused("press-1")).endsWith("'./telltale device readmit' first");
    fixture.post(fixture.operator, "/v1/devices/press-1/retire", "{\"reason\":\"scrapped\"}");
    assertThat(tokenRefused("press-1")).contains("retired", "under another id");
  }

  private String tokenRefused(String id) {
    Response refused =
        fixture.post(
            fixture.operator,
            "/v1/enroll-tokens",
            "{\"device\":\"%s\",\"ttlSeconds\":60}".formatted(id));
    assertThat(code(refused)).isEqualTo("wrong-state");
    return json(refused).path("error").path("message").asString();
  }

  @Test
  void a_payload_that_is_empty_is_tried_and_a_reason_that_is_empty_is_told_as_that() {
    fixture.addPress("press-1");
    String question =
        "{\"device\":\"press-1\",\"topic\":\"t/default/d/press-1/telemetry\",\"payload\":\"\"}";
    assertThat(json(fixture.post(fixture.operator, "/v1/policy/test", question)).path("steps"))
        .last()
        .satisfies(step -> assertThat(step.path("detail").asString()).contains("not strict JSON"));
    Response empty =
        fixture.post(fixture.operator, "/v1/devices/press-1/retire", "{\"reason\":\"\"}");
    assertThat(json(empty).path("error").path("message").asString())
        .isEqualTo("reason must not be empty");
  }

  // ID-4
  @Test
  void are_shown_once_and_work() {
    fixture.addPress("press-1");
    Response created =
        fixture.post(
            fixture.operator, "/v1/enroll-tokens", "{\"device\":\"press-1\",\"ttlSeconds\":60}");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.headers()).containsEntry("cache-control", "no-store");
    JsonNode body = json(created);
    assertThat(body.path("serverPin").asString()).isEqualTo("pin");
    assertThat(body.path("expires").asString())
        .isEqualTo(ApiFixture.NOON.plus(Duration.ofMinutes(1)).toString());
    assertThat(
            fixture.registry.checkToken(
                ApiFixture.device("press-1"),
                Registry.tokenHash(body.path("token").asString()),
                SourceBlock.parse("192.0.2.1")))
        .isEmpty();
  }

  // ID-3
  @Test
  void are_made_for_many_who_never_enrolled_and_each_failure_is_named() {
    fixture.addPress("press-1");
    fixture.addPress("press-2");
    fixture.addPress("press-3");
    fixture.credential(ApiFixture.device("press-2").in(ApiFixture.DOMAIN));
    disable("press-3");
    JsonNode body =
        json(
            fixture.post(
                fixture.operator,
                "/v1/enroll-tokens:batch",
                "{\"devices\":[\"press-1\",\"press-2\",\"press-3\",\"ghost\"],\"ttlSeconds\":60}"));
    assertThat(body.path("enrolled").toString()).isEqualTo("[\"press-2\"]");
    assertThat(body.path("failures").get(0).path("code").asString()).isEqualTo("wrong-state");
    assertThat(body.path("failures").get(1).path("device").asString()).isEqualTo("ghost");
    assertThat(body.path("tokens").size()).isEqualTo(1);
    assertThat(
            fixture.registry.checkToken(
                ApiFixture.device("press-1"),
                Registry.tokenHash(body.path("tokens").get(0).path("token").asString()),
                SourceBlock.parse("192.0.2.1")))
        .isEmpty();
    for (String bad : List.of("{}", "{\"devices\":[]}", "{\"devices\":[\"a/b\"]}")) {
      assertThat(fixture.post(fixture.operator, "/v1/enroll-tokens:batch", bad).status())
          .as(bad)
          .isEqualTo(400);
    }
  }

  // ID-4
  @Test
  void are_good_for_a_day_at_most_unless_the_policy_raises_it() {
    fixture.addPress("press-1");
    String day = "{\"device\":\"press-1\",\"ttlSeconds\":86400}";
    String more = "{\"device\":\"press-1\",\"ttlSeconds\":86401}";
    assertThat(fixture.post(fixture.operator, "/v1/enroll-tokens", day).status()).isEqualTo(201);
    Response refused = fixture.post(fixture.operator, "/v1/enroll-tokens", more);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.body().asUtf8()).contains("86400", "tokenSecondsMax");
    assertThat(
            fixture
                .post(
                    fixture.operator,
                    "/v1/enroll-tokens:batch",
                    "{\"devices\":[\"press-1\"],\"ttlSeconds\":86401}")
                .status())
        .isEqualTo(400);
    String raised =
        Policy.factoryDocument()
            .asUtf8()
            .replaceFirst("\\{", "{\"enrollment\":{\"tokenSecondsMax\":86401},");
    fixture.registry.putPolicy(
        new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(raised), OptionalLong.empty()),
        new Act("system", "test"));
    assertThat(fixture.post(fixture.operator, "/v1/enroll-tokens", more).status()).isEqualTo(201);
    assertThat(json(fixture.get(fixture.auditor, "/v1/policy")).path("tokenSecondsMax").asLong())
        .isEqualTo(86401);
  }

  @Test
  void are_not_made_for_who_is_not_there_may_not_enroll_or_for_too_long() {
    assertThat(
            fixture.post(fixture.operator, "/v1/enroll-tokens", "{\"device\":\"ghost\"}").status())
        .isEqualTo(404);
    fixture.addPress("press-1");
    assertThat(
            fixture
                .post(
                    fixture.operator,
                    "/v1/enroll-tokens",
                    "{\"device\":\"press-1\",\"ttlSeconds\":99999999}")
                .status())
        .isEqualTo(400);
    disable("press-1");
    assertThat(
            code(fixture.post(fixture.operator, "/v1/enroll-tokens", "{\"device\":\"press-1\"}")))
        .isEqualTo("wrong-state");
  }
}
