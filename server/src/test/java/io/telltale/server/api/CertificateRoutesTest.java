package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** ID-1: certificates and CAs at the API. */
class CertificateRoutesTest {
  private final ApiFixture fixture;

  CertificateRoutesTest(@TempDir Path dir) {
    fixture = new ApiFixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Response asked(String path) {
    String[] parts = path.split("\\?", 2);
    var query = new HashMap<String, String>();
    for (String pair : parts.length < 2 ? new String[0] : parts[1].split("&")) {
      String[] sides = pair.split("=", 2);
      query.put(sides[0], sides[1]);
    }
    return fixture.get(fixture.auditor, parts[0], query);
  }

  private JsonNode get(String path) {
    Response answer = asked(path);
    assertThat(answer.status()).as(path).isEqualTo(200);
    return ApiFixture.json(answer);
  }

  @Test
  void lists_pages_and_shows_one() {
    for (int i = 0; i < 3; i++) {
      fixture.addPress("press-" + i);
      fixture.credential(ApiFixture.device("press-" + i).in(ApiFixture.DOMAIN));
    }
    var names = new ArrayList<String>();
    String next = "";
    do {
      JsonNode page = get("/v1/certificates?kind=device&limit=2" + next);
      page.path("certificates").forEach(one -> names.add(one.path("name").asString()));
      next = "&before=" + page.path("next").asString();
    } while (!next.endsWith("null") && !next.endsWith("="));
    assertThat(names).containsExactly("press-2", "press-1", "press-0");
    JsonNode one = get("/v1/certificates?device=press-1&pem=true").path("certificates").path(0);
    assertThat(one.path("certificate").asString()).contains("BEGIN CERTIFICATE");
    JsonNode shown = get("/v1/certificates/" + one.path("fingerprint").asString());
    assertThat(shown.path("certificate")).isEqualTo(one.path("certificate"));
    assertThat(shown.path("state").asString()).isEqualTo("good");
    assertThat(get("/v1/certificates?issuer=issuing").path("certificates")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=1001",
        "before=0",
        "before=-1",
        "before=99999999999999999999",
        "kind=toaster",
        "state=fine",
        "issuer=nobody",
        "issuer=root",
        "serial=80:01",
        "serial=zz",
        "device=a b",
        "endsBefore=soon",
        "issuedSince=yesterday",
        "pem=yes"
      })
  void what_is_no_filter_is_refused(String query) {
    Response answer = asked("/v1/certificates?" + query);
    assertThat(answer.status()).as(query).isEqualTo(400);
    assertThat(ApiFixture.code(answer)).isEqualTo("invalid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "zz", "../../x", "%00"})
  void what_is_no_fingerprint_is_not_found(String id) {
    assertThat(fixture.get(fixture.operator, "/v1/certificates/" + id).status()).isIn(404, 400);
  }

  @Test
  void a_ca_is_prepared_and_what_cannot_be_is_refused_with_the_reason() {
    Response made =
        fixture.post(
            fixture.operator, "/v1/authorities", "{\"kind\":\"root\",\"reason\":\"it ends\"}");
    assertThat(made.status()).isEqualTo(200);
    assertThat(ApiFixture.json(made).path("id").asString()).isEqualTo("issuing-2");
    String because = "{\"reason\":\"planned\"}";
    Response refused = fixture.post(fixture.operator, "/v1/authorities/issuing/retire", because);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.body().asUtf8()).contains("it is active");
    assertThat(fixture.post(fixture.operator, "/v1/authorities/nobody/revoke", because).status())
        .isEqualTo(404);
    for (String body :
        List.of("{\"kind\":\"leaf\",\"reason\":\"x\"}", "{\"kind\":\"root\",\"reason\":\"\"}")) {
      assertThat(fixture.post(fixture.operator, "/v1/authorities", body).status()).isEqualTo(400);
    }
    assertThat(
            fixture.post(fixture.operator, "/v1/authorities/request", "{\"for\":\"x\"}").status())
        .isEqualTo(400);
    Response answer =
        fixture.post(
            fixture.operator, "/v1/authorities/install", "{\"answer\":\"x\",\"reason\":\"y\"}");
    assertThat(answer.body().asUtf8()).contains("that is no answer");
  }
}
