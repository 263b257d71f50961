package io.telltale.server.api;

import static io.telltale.server.api.ApiFixture.code;
import static io.telltale.server.api.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import io.telltale.roster.Role;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ApiTest {
  private static final String WHY = "{\"reason\":\"stolen\"}";
  private final ApiFixture fixture;

  ApiTest(@TempDir Path dir) {
    fixture = new ApiFixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Response step(String id, String step) {
    return fixture.post(fixture.operator, "/v1/devices/" + id + "/" + step, WHY);
  }

  @Nested
  class Devices {
    // RG-1
    @Test
    void are_registered_shown_and_the_same_again_changes_nothing() {
      Response first = fixture.addPress("press-1");
      assertThat(first.status()).isEqualTo(201);
      assertThat(fixture.addPress("press-1").status()).isEqualTo(200);
      Response other =
          fixture.post(
              fixture.operator,
              "/v1/devices",
              ApiFixture.press("press-1").replace("hall 1", "hall 2"));
      assertThat(code(other)).isEqualTo("conflict");
      assertThat(json(other).path("error").path("message").asString())
          .contains(
              "site is 'hall 1', not 'hall 2'", "./telltale device set press-1 --site \"hall 2\"")
          .doesNotContain("region");

      JsonNode shown = json(fixture.get(fixture.auditor, "/v1/devices/press-1"));
      assertThat(shown).isEqualTo(json(first));
      assertThat(shown.path("state").asString()).isEqualTo("registered");
      assertThat(shown.path("labels").path("line").asString()).isEqualTo("7");
      assertThat(shown.path("spiffeId").asString())
          .isEqualTo("spiffe://telltale.local/default/device/press-1");
      assertThat(shown.path("lastSeen").isNull()).isTrue();
    }

    @Test
    void are_refused_with_every_mistake_named() {
      Response answer =
          fixture.post(
              fixture.operator,
              "/v1/devices",
              "{\"id\":\"a/b\",\"type\":7,\"region\":\"eu\",\"x\":1}");
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body().asUtf8())
          .contains(
              "id must", "type must", "environment must", "productLine must", "is unknown here");
      Response toaster =
          fixture.post(
              fixture.operator, "/v1/devices", ApiFixture.press("x").replace("press", "toaster"));
      assertThat(toaster.body().asUtf8()).contains("type must be one that the policy knows");
    }

    @Test
    void are_listed_page_by_page() {
      for (int i = 0; i < 7; i++) {
        fixture.addPress("press-" + i);
      }
      step("press-3", "retire");
      var ids = new ArrayList<String>();
      String after = "";
      do {
        JsonNode page =
            json(
                fixture.get(
                    fixture.analyst,
                    "/v1/devices",
                    Map.of("limit", "2", "after", after, "state", "registered", "region", "eu")));
        page.path("devices").forEach(device -> ids.add(device.path("id").asString()));
        after = page.path("next").isNull() ? "" : page.path("next").asString();
      } while (!after.isEmpty());
      assertThat(ids)
          .containsExactly("press-0", "press-1", "press-2", "press-4", "press-5", "press-6");
      // A page that is full may be the last.
      for (String limit : List.of("6", "5")) {
        var asked = Map.of("limit", limit, "state", "registered");
        assertThat(json(fixture.get(fixture.analyst, "/v1/devices", asked)).path("next").isNull())
            .isEqualTo(limit.equals("6"));
      }

      for (Map<String, String> bad :
          List.of(
              Map.of("limit", "0"),
              Map.of("limit", "x"),
              Map.of("limit", "99999999999999999999"),
              Map.of("state", "happy"),
              Map.of("1=1--", "x"))) {
        assertThat(fixture.get(fixture.analyst, "/v1/devices", bad).status()).isEqualTo(400);
      }
    }

    // RG-2, RG-4
    @Test
    void go_through_their_life_and_every_step_is_in_the_history() {
      fixture.addPress("press-1");
      fixture.credential(ApiFixture.device("press-1").in(ApiFixture.DOMAIN));

      JsonNode quarantined = json(step("press-1", "quarantine"));
      assertThat(quarantined.path("state").asString()).isEqualTo("quarantined");
      assertThat(quarantined.path("from").asString()).isEqualTo("active");
      assertThat(quarantined.path("cuts").get(0).path("node").asString()).isEqualTo("node-1");
      assertThat(json(step("press-1", "quarantine")).path("changed").asBoolean()).isFalse();
      assertThat(json(step("press-1", "release")).path("cuts").size()).isZero();
      step("press-1", "revoke");
      Response released = step("press-1", "release");
      assertThat(released.status()).isEqualTo(409);
      assertThat(code(released)).isEqualTo("illegal-transition");
      assertThat(released.body().asUtf8())
          .contains("readmit it, then", "./telltale device readmit press-1 --reason ");
      assertThat(step("press-1", "readmit").status()).isEqualTo(200);
      assertThat(step("press-1", "retire").status()).isEqualTo(200);
      assertThat(step("press-1", "readmit").status()).isEqualTo(409);

      JsonNode history = json(fixture.get(fixture.auditor, "/v1/devices/press-1/history"));
      var states = new ArrayList<String>();
      history.path("history").forEach(entry -> states.add(entry.path("to").asString()));
      assertThat(states)
          .containsExactly(
              "registered",
              "active",
              "quarantined",
              "active",
              "compromised",
              "registered",
              "retired");
      JsonNode last = history.path("history").get(6);
      assertThat(last.path("reason").asString()).isEqualTo("stolen");
      assertThat(last.path("actor").asString()).endsWith("/person/operator");
      JsonNode shown = json(fixture.get(fixture.auditor, "/v1/devices/press-1"));
      assertThat(shown.path("credentials").get(0).path("state").asString()).isEqualTo("revoked");
      JsonNode refusal = shown.path("refusals").get(0);
      assertThat(refusal.path("about").asString()).isEqualTo("telemetry");
      assertThat(refusal.path("why").asString()).isEqualTo("not-json");
      assertThat(refusal.path("text").asString()).isEqualTo("it is no JSON");
      assertThat(refusal.path("count").asLong()).isEqualTo(3);
    }

    // RG-1
    @Test
    void are_changed_in_part_and_by_one_at_a_time() {
      fixture.addPress("press-1");
      String path = "/v1/devices/press-1/set";
      JsonNode changed =
          json(
              fixture.post(
                  fixture.operator,
                  path,
                  "{\"site\":\"hall 2\",\"ownerTeam\":\"\",\"labels\":{\"line\":null,\"a\":\"b\"},"
                      + "\"ifRevision\":1,\"reason\":\"moved\"}"));
      assertThat(changed.path("revision").asInt()).isEqualTo(2);
      assertThat(changed.path("changed").asBoolean()).isTrue();
      JsonNode shown = json(fixture.get(fixture.auditor, "/v1/devices/press-1"));
      assertThat(shown.path("site").asString()).isEqualTo("hall 2");
      assertThat(shown.path("region").asString()).isEqualTo("eu");
      assertThat(shown.path("labels").toString()).isEqualTo("{\"a\":\"b\"}");
      assertThat(shown.path("revision").asInt()).isEqualTo(2);
      JsonNode last =
          json(fixture.get(fixture.auditor, "/v1/devices/press-1/history")).path("history").get(1);
      assertThat(last.path("reason").asString()).isEqualTo("moved");
      assertThat(last.path("changes").get(2).toString())
          .isEqualTo("{\"field\":\"site\",\"before\":\"hall 1\",\"after\":\"hall 2\"}");

      Response stale = fixture.post(fixture.operator, path, "{\"site\":\"x\",\"ifRevision\":1}");
      assertThat(stale.status()).isEqualTo(409);
      assertThat(code(stale)).isEqualTo("stale");
      assertThat(json(fixture.post(fixture.operator, path, "{\"site\":\"hall 2\"}")).toString())
          .contains("\"changed\":false");
      for (String bad :
          List.of(
              "{\"number\":7}",
              "{\"site\":7}",
              "{\"labels\":{\"a\":7}}",
              "{\"type\":\"toaster\"}",
              "{\"site\":\"a\\nb\"}",
              "{\"ifRevision\":0}",
              "{\"reason\":\"a\\nb\",\"site\":\"y\"}")) {
        assertThat(fixture.post(fixture.operator, path, bad).status()).as(bad).isEqualTo(400);
      }
      assertThat(
              fixture.post(fixture.operator, "/v1/devices/ghost/set", "{\"site\":\"x\"}").status())
          .isEqualTo(404);
    }

    @Test
    void need_a_reason_that_is_printable() {
      fixture.addPress("press-1");
      for (String body :
          List.of("{}", "{\"reason\":\"\"}", "{\"reason\":\"a\\nb\"}", "{\"reason\":7}")) {
        Response answer = fixture.post(fixture.operator, "/v1/devices/press-1/disable", body);
        assertThat(answer.status()).as(body).isEqualTo(400);
      }
    }

    // RG-5
    @Test
    void of_another_tenant_do_not_exist() {
      fixture.addPress("press-1");
      X509Certificate stranger =
          fixture.person("stranger", ApiFixture.OTHER, Set.of(Role.values()));
      assertThat(fixture.get(stranger, "/v1/devices/press-1").status()).isEqualTo(404);
      assertThat(fixture.get(stranger, "/v1/devices/press-1/history").status()).isEqualTo(404);
      assertThat(fixture.post(stranger, "/v1/devices/press-1/revoke", WHY).status()).isEqualTo(404);
      assertThat(fixture.post(stranger, "/v1/devices/press-1/set", "{}").status()).isEqualTo(404);
      assertThat(json(fixture.get(stranger, "/v1/devices")).path("devices").size()).isZero();
      assertThat(fixture.post(stranger, "/v1/enroll-tokens", "{\"device\":\"press-1\"}").status())
          .isEqualTo(404);
      assertThat(fixture.get(fixture.operator, "/v1/devices/..%2f").status()).isEqualTo(404);
    }
  }

  @Nested
  class Questions {
    private Response ask(String sql) {
      return fixture.post(
          fixture.analyst, "/v1/query", "{\"sql\":\"" + sql + "\",\"purpose\":\"test\"}");
    }

    @Test
    void are_answered_with_typed_rows() {
      JsonNode body = json(ask("SELECT 1"));
      assertThat(body.path("queryId").asString()).isEqualTo("q-1");
      assertThat(body.path("columns").get(0).path("type").asString()).isEqualTo("DOUBLE");
      assertThat(body.path("rows").get(0).toString())
          .isEqualTo(
              "[null,true,7,1.5,\"NaN\",1.1,\"=cmd()\",\"2026-11-23T12:00:00Z\",\"2026-11-23\","
                  + "\"00ff\"]");
      assertThat(body.path("resultHash").asString()).hasSize(64);
    }

    @Test
    void may_be_bounded_and_answered_as_a_file() {
      Response answer =
          fixture.post(
              fixture.analyst,
              "/v1/query",
              "{\"sql\":\"SELECT 1\",\"format\":\"parquet\",\"limit\":5,\"timeoutSeconds\":9}");
      JsonNode body = json(answer);
      assertThat(body.path("parquet").asString()).isEqualTo("UEFSMQ==");
      assertThat(body.has("rows")).isFalse();
      assertThat(body.path("rowCount").asInt()).isEqualTo(1);
      assertThat(fixture.asked).containsExactly("parquet 5 rows PT9S");
      for (String wrong : List.of("\"limit\":0", "\"timeoutSeconds\":301", "\"format\":\"xls\"")) {
        assertThat(
                fixture
                    .post(fixture.analyst, "/v1/query", "{\"sql\":\"SELECT 1\"," + wrong + "}")
                    .status())
            .as(wrong)
            .isEqualTo(400);
      }
    }

    @Test
    void that_cannot_be_asked_say_what_to_change() {
      Response answer = ask("DROP TABLE readings");
      assertThat(answer.status()).isEqualTo(422);
      assertThat(code(answer)).isEqualTo("not-a-select");
    }

    @Test
    void find_the_lake_down_without_learning_more() {
      fixture.lakeFails =
          Optional.of(new UnavailableException("reading the tables in /some/secret/place"));
      Response answer = ask("SELECT 1");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.headers()).containsEntry("retry-after", "1");
      assertThat(answer.body().asUtf8()).doesNotContain("secret");
    }

    @Test
    void are_traced_by_row_and_by_sql() {
      Response row = fixture.post(fixture.auditor, "/v1/trace", "{\"row\":\"3:77\"}");
      assertThat(json(row).path("offset").asLong()).isEqualTo(77);
      assertThat(json(row).path("facts").path("device").asString()).isEqualTo("press-1");
      assertThat(fixture.post(fixture.auditor, "/v1/trace", "{\"row\":\"4:77\"}").status())
          .isEqualTo(404);
      for (String bad : List.of("3", "3:-1", "x:y", "3:77; DROP", "99999999:1")) {
        assertThat(fixture.post(fixture.auditor, "/v1/trace", "{\"row\":\"" + bad + "\"}").status())
            .as(bad)
            .isEqualTo(400);
      }
      assertThat(code(fixture.post(fixture.auditor, "/v1/trace", "{\"sql\":\"SELECT\"}")))
          .isEqualTo("join");
    }

    @Test
    void are_proven() {
      assertThat(
              json(fixture.post(fixture.analyst, "/v1/proofs", "{\"sql\":\"max\"}"))
                  .path("proof")
                  .asInt())
          .isEqualTo(1);
      assertThat(fixture.post(fixture.analyst, "/v1/proofs", "{\"sql\":\"x\"}").status())
          .isEqualTo(422);
    }
  }

  @Nested
  class Ledger {
    @Test
    void is_searched_page_by_page_and_proven() {
      JsonNode page =
          json(
              fixture.get(
                  fixture.auditor,
                  "/v1/ledger/search",
                  Map.of("type", "device.active", "subject", "s", "limit", "1")));
      assertThat(page.path("events").get(0).path("subject").asString()).isEqualTo("s");
      assertThat(page.path("next").asLong()).isEqualTo(9);
      JsonNode next =
          json(fixture.get(fixture.auditor, "/v1/ledger/search", Map.of("before", "9")));
      assertThat(next.path("next").isNull()).isTrue();
      assertThat(fixture.get(fixture.auditor, "/v1/ledger/search", Map.of("before", "-1")).status())
          .isEqualTo(400);
      assertThat(
              json(fixture.post(fixture.auditor, "/v1/ledger/verify", "{}"))
                  .path("sound")
                  .asBoolean())
          .isTrue();
      assertThat(fixture.get(fixture.auditor, "/v1/ledger/checkpoint").body().asUtf8())
          .startsWith("telltale.local/ledger\n");
      JsonNode path =
          json(
              fixture.get(
                  fixture.analyst, "/v1/ledger/consistency", Map.of("first", "3", "second", "7")));
      assertThat(path.path("path").get(0).asString())
          .isEqualTo(
              Base64.getEncoder().encodeToString(Hash.sha256(new byte[] {3, 7}).value().toArray()));
      for (Map<String, String> wrong :
          List.of(
              Map.of("second", "7"),
              Map.of("first", "0"),
              Map.of("first", "8", "second", "7"),
              Map.of("first", "1", "second", "11"))) {
        assertThat(fixture.get(fixture.analyst, "/v1/ledger/consistency", wrong).status())
            .as("%s", wrong)
            .isEqualTo(400);
      }
      assertThat(fixture.get(fixture.auditor, "/v1/ledger/events/9/proof").status()).isEqualTo(200);
      assertThat(fixture.get(fixture.auditor, "/v1/ledger/events/8/proof").status()).isEqualTo(404);
      assertThat(fixture.get(fixture.auditor, "/v1/ledger/events/x/proof").status()).isEqualTo(404);
    }
  }

  @Nested
  class Keys {
    private Response change(String verb, String scope) {
      return fixture.post(
          fixture.operator,
          "/v1/keys/" + verb,
          "{\"scope\":\"" + scope + "\",\"reason\":\"drill\"}");
    }

    @Test
    void are_listed_and_changed_within_the_tenant() {
      assertThat(json(fixture.get(fixture.operator, "/v1/keys")).path("keys").size()).isEqualTo(1);
      String scope = "default/prod/eu/line-a/internal";
      assertThat(json(change("disable", scope)).path("state").asString()).isEqualTo("disable");
      JsonNode destroyed = json(change("destroy", scope));
      assertThat(destroyed.path("destroyedAt").asString()).isEqualTo(ApiFixture.NOON.toString());
      assertThat(code(change("enable", scope))).isEqualTo("refused");
      Response unknown = change("disable", "default/prod/eu/line-b/internal");
      assertThat(unknown.status()).isEqualTo(404);
      assertThat(unknown.body().asUtf8()).contains("./telltale key list");
      assertThat(change("rotate", "other/prod/eu/line-a/internal").status()).isEqualTo(404);
      assertThat(change("rotate", "everything").status()).isEqualTo(400);
    }
  }

  @Test
  void the_status_names_the_caller_and_counts_devices() {
    fixture.addPress("press-1");
    JsonNode status = json(fixture.get(fixture.analyst, "/v1/status"));
    assertThat(status.path("doors").path("mqtt").asInt()).isEqualTo(8883);
    assertThat(status.path("caller").path("roles").toString()).isEqualTo("[\"analyst\"]");
    assertThat(status.path("devices").path("registered").asInt()).isEqualTo(1);
    assertThat(fixture.get(fixture.analyst, "/v1/metrics").body().asUtf8())
        .isEqualTo("telltale_up 1\n");
    assertThat(json(fixture.get(fixture.analyst, "/v1/trust-bundle")).path("version").asInt())
        .isEqualTo(1);
    assertThat(fixture.counted).contains("api.calls done");
  }

  // Firm ground 27
  @Nested
  class Dead_letters {
    @Test
    void are_listed_shown_to_the_granted_and_replayed() {
      JsonNode listed = json(fixture.get(fixture.auditor, "/v1/deadletters"));
      assertThat(listed.path("letters").path(0).path("record").asString()).isEqualTo("5:7");
      assertThat(json(fixture.get(fixture.analyst, "/v1/deadletters/9")).path("payload").asString())
          .isEqualTo("{}");
      assertThat(code(fixture.get(fixture.analyst, "/v1/deadletters/8"))).isEqualTo("not-granted");
      assertThat(fixture.get(fixture.analyst, "/v1/deadletters/7").status()).isEqualTo(404);
      assertThat(
              json(fixture.post(fixture.operator, "/v1/deadletters/replay", "{\"number\":9}"))
                  .path("replaying")
                  .asInt())
          .isEqualTo(1);
      assertThat(code(fixture.post(fixture.operator, "/v1/deadletters/replay", "{}")))
          .isEqualTo("invalid");
    }

    // Firm ground 27
    @Test
    void of_which_none_goes_are_refused_and_it_is_said_why() {
      Map<String, String> why =
          Map.of(
              "{\"number\":10}", "409 on-its-way",
              "{\"number\":11}", "422 not-kept-to-be-opened",
              "{\"number\":12}", "404 not-found",
              "{\"number\":12,\"reason\":\"fork\"}", "404 not-found",
              "{\"device\":\"press-2\"}", "404 not-found");
      why.forEach(
          (asked, told) -> {
            Response answer = fixture.post(fixture.operator, "/v1/deadletters/replay", asked);
            assertThat(answer.status() + " " + code(answer)).as(asked).isEqualTo(told);
          });
      assertThat(fixture.get(fixture.operator, "/v1/deadletters", Map.of("device", "press-2")))
          .extracting(Response::status)
          .isEqualTo(404);
    }

    @Test
    void a_trace_of_one_says_what_it_is() {
      Response answer = fixture.post(fixture.analyst, "/v1/trace", "{\"row\":\"5:7\"}");
      assertThat(code(answer)).isEqualTo("dead-letter");
      assertThat(answer.body().asUtf8()).contains("telltale deadletter show 9");
    }

    // Firm ground 27
    @Test
    void a_trace_of_a_record_that_is_set_aside_says_since_when_and_for_which_key() {
      Response answer = fixture.post(fixture.analyst, "/v1/trace", "{\"row\":\"5:8\"}");
      assertThat(code(answer)).isEqualTo("set-aside");
      assertThat(answer.body().asUtf8())
          .contains("default/prod/eu/pumps/internal")
          .contains(ApiFixture.NOON.toString());
    }

    // Firm ground 27
    @Test
    void a_trace_of_a_record_that_the_pipeline_has_not_come_to_says_that_it_is_on_its_way() {
      Response answer = fixture.post(fixture.analyst, "/v1/trace", "{\"row\":\"5:21\"}");
      assertThat(code(answer)).isEqualTo("on-its-way");
      assertThat(code(fixture.post(fixture.analyst, "/v1/trace", "{\"row\":\"5:20\"}")))
          .isEqualTo("not-found");
      for (String never : List.of("5:100", "8:1", "99999:1")) {
        Response none = fixture.post(fixture.analyst, "/v1/trace", "{\"row\":\"" + never + "\"}");
        assertThat(none.status()).isEqualTo(404);
        assertThat(code(none)).as(never).isEqualTo("not-written");
      }
    }

    // Firm ground 27
    @Test
    void a_trace_misses_no_record_that_moves_on_while_it_is_looked_for() {
      for (MovingRecord.Place first : MovingRecord.Place.values()) {
        for (int looks = 1; looks <= 4; looks++) {
          fixture.moving.start(first, looks);
          Response answer = fixture.post(fixture.analyst, "/v1/trace", "{\"row\":\"6:1\"}");
          assertThat(answer.body().asUtf8()).as("%s %d", first, looks).doesNotContain("not-found");
        }
      }
    }
  }
}
