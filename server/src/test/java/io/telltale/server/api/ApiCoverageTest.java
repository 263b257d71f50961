package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import io.telltale.http.Route;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Role;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Every route is described, and refuses everybody that it has to (OP-3, IN-1). */
class ApiCoverageTest {
  private final ApiFixture fixture;

  ApiCoverageTest(@TempDir Path dir) {
    fixture = new ApiFixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static String concrete(Route<Operation> route) {
    return route.path().replace("{id}", "press-1").replace("{index}", "9").replace("{number}", "9");
  }

  private Response call(List<X509Certificate> chain, Route<Operation> route) {
    String body = route.bodyBytesMax() == 0 ? "" : "{}";
    return fixture.send(chain, route.method(), concrete(route), "application/json", body);
  }

  private void everyRouteAnswers(List<X509Certificate> chain, int status, String code) {
    for (Route<Operation> route : fixture.api.routes()) {
      Response answer = call(chain, route);
      assertThat(answer.status()).as(route.method() + " " + route.path()).isEqualTo(status);
      assertThat(ApiFixture.code(answer)).as(route.path()).isEqualTo(code);
    }
  }

  // OP-3
  @Test
  void the_description_and_the_routes_are_the_same_set() {
    JsonNode description =
        ApiFixture.json(fixture.get(fixture.auditor, "/v1/openapi.json")).path("paths");
    Map<String, Set<String>> described = new HashMap<>();
    for (var path : description.properties()) {
      for (var operation : path.getValue().properties()) {
        Set<String> roles = new HashSet<>();
        operation.getValue().path("x-roles").forEach(role -> roles.add(role.asString()));
        described.put(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), roles);
      }
    }
    Map<String, Set<String>> served = new HashMap<>();
    for (Route<Operation> route : fixture.api.routes()) {
      Set<String> roles = new HashSet<>();
      route.action().roles().forEach(role -> roles.add(role.text()));
      served.put(route.method() + " " + route.path(), roles);
    }

    assertThat(described).isEqualTo(served).hasSize(57);
  }

  @Test
  void every_parameter_that_is_described_is_taken_and_no_other() {
    JsonNode paths =
        ApiFixture.json(fixture.get(fixture.auditor, "/v1/openapi.json")).path("paths");
    for (Route<Operation> route : fixture.api.routes()) {
      JsonNode described = paths.path(route.path()).path(route.method().toLowerCase(Locale.ROOT));
      var taken = new HashSet<String>();
      for (JsonNode parameter : described.path("parameters")) {
        if (parameter.path("in").asString().equals("query")) {
          taken.add(parameter.path("name").asString().replace("{key}", "line"));
        }
      }
      assertThat(taken).as(route.path()).allMatch(route.action().takes());
      assertThat(route.action().takes().test("zz")).as(route.path()).isFalse();
    }
  }

  @Test
  void every_route_refuses_who_shows_no_certificate() {
    everyRouteAnswers(List.of(), 401, "certificate-required");
  }

  // ID-2
  @Test
  void every_route_refuses_a_certificate_that_is_not_registered() {
    everyRouteAnswers(List.of(ApiFixture.unregistered()), 403, "unknown-certificate");
  }

  // IN-1
  @Test
  void every_route_refuses_a_device() {
    fixture.addPress("press-1");
    X509Certificate device = fixture.credential(ApiFixture.device("press-1").in(ApiFixture.DOMAIN));
    everyRouteAnswers(List.of(device), 403, "not-for-devices");
  }

  @Test
  void every_route_refuses_a_person_without_a_role() {
    X509Certificate nobody = fixture.person("nobody", TenantId.DEFAULT, Set.of());
    everyRouteAnswers(List.of(nobody), 403, "role-required");
  }

  @Test
  void every_route_refuses_a_disabled_person_and_an_expired_certificate() {
    var id = new SpiffeId(ApiFixture.DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator");
    fixture.registry.transition(id, LifecycleState.DISABLED, new Act("system", "left"));
    everyRouteAnswers(List.of(fixture.operator), 403, "inactive");

    fixture.now = fixture.now.plus(Duration.ofDays(2));
    everyRouteAnswers(List.of(fixture.auditor), 403, "inactive");
  }

  @Test
  void every_route_refuses_the_roles_that_it_does_not_name() {
    Map<Role, X509Certificate> callers =
        Map.of(
            Role.OPERATOR, fixture.operator,
            Role.ANALYST, fixture.analyst,
            Role.AUDITOR, fixture.auditor);
    for (Route<Operation> route : fixture.api.routes()) {
      callers.forEach(
          (role, certificate) -> {
            Response answer = call(List.of(certificate), route);
            boolean refused =
                answer.status() == 403 && ApiFixture.code(answer).equals("role-required");
            assertThat(refused)
                .as(role + " " + route.method() + " " + route.path())
                .isEqualTo(!route.action().roles().contains(role));
          });
    }
  }

  @Test
  void what_is_not_there_is_told_from_what_cannot_be_done_with_it() {
    assertThat(fixture.get(fixture.operator, "/v1/nothing").status()).isEqualTo(404);
    assertThat(fixture.get(fixture.operator, "/v1/devices/").status()).isEqualTo(404);
    assertThat(fixture.get(fixture.operator, "/v1/devices/a/b/c").status()).isEqualTo(404);
    assertThat(
            fixture
                .send(List.of(fixture.operator), "DELETE", "/v1/devices", "text/plain", "")
                .status())
        .isEqualTo(405);
    assertThat(fixture.get(ApiFixture.unregistered(), "/v1/nothing").status()).isEqualTo(403);
  }

  @Test
  void every_body_that_is_not_one_strict_json_object_is_refused() {
    List<String> bodies =
        List.of(
            "", "[]", "null", "{", "{}{}", "{\"a\":1,\"a\":2}", "{\"a\":".repeat(1_000), "\u0000");
    Stream<Route<Operation>> posts =
        fixture.api.routes().stream()
            .filter(route -> route.method().equals("POST") && !route.path().endsWith(":import"));
    X509Certificate all = fixture.person("all", TenantId.DEFAULT, Set.of(Role.values()));
    posts.forEach(
        route -> {
          for (String body : bodies) {
            Response answer =
                fixture.send(List.of(all), "POST", concrete(route), "application/json", body);
            assertThat(answer.status()).as(route.path() + " " + body).isEqualTo(400);
          }
          Response unknown =
              fixture.send(List.of(all), "POST", concrete(route), "application/json", "{\"zz\":1}");
          assertThat(ApiFixture.code(unknown)).isEqualTo("invalid");
          Response plain = fixture.send(List.of(all), "POST", concrete(route), "text/plain", "{}");
          assertThat(plain.status()).isEqualTo(415);
        });
  }
}
