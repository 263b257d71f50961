package io.telltale.server.api;

import static io.telltale.server.api.ApiFixture.code;
import static io.telltale.server.api.ApiFixture.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.TenantId;
import io.telltale.roster.Policy;
import io.telltale.roster.Role;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** IN-4, IN-12: an operator's own types and rules are written, checked, tried and rolled back. */
class PolicyRoutesTest {
  private static final String FACTORY = Policy.factoryDocument().asUtf8();
  private static final String OWN = FACTORY.replace("\"burst\": 200", "\"burst\": 7");
  private static final String STAMP =
      """
      {"name": "stamp", "messageTypes": ["telemetry"], "replay": "sequence",
       "limits": {"messagesPerSecond": 1, "burst": 1, "bytesPerSecond": 1000}},
      """;
  private static final String TOPIC = "t/default/d/press-1/telemetry";
  private final ApiFixture fixture;

  PolicyRoutesTest(@TempDir Path dir) {
    fixture = new ApiFixture(dir);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private Response post(X509Certificate who, String verb, Map<String, Object> body) {
    return fixture.post(who, "/v1/policy/" + verb, JsonMapper.shared().writeValueAsString(body));
  }

  // Firm ground 7, section 3
  @Test
  void a_dry_run_says_what_would_have_been_refused_and_nothing_of_what_it_holds() {
    JsonNode answer = json(post(fixture.auditor, "dry-run", Map.of("document", OWN)));
    assertThat(answer.path("judged").asLong()).isEqualTo(9);
    assertThat(answer.path("refused").asLong()).isEqualTo(2);
    assertThat(answer.path("seen").asLong()).isEqualTo(15);
    assertThat(answer.path("entries").asLong()).isEqualTo(20);
    assertThat(answer.path("from").asString()).isEqualTo("2026-11-23T11:00:00Z");
    assertThat(answer.path("notJudged").path("scope-closed").asLong()).isEqualTo(4);
    JsonNode refusal = answer.path("refusals").path(0);
    assertThat(refusal.path("reason").asString()).isEqualTo("value-out-of-range");
    assertThat(refusal.path("examples").path(0).path("record").asString()).isEqualTo("3:14");
    assertThat(answer.path("devices").path(0).path("device").asString()).isEqualTo("press-1");
    var closed = Map.<String, Object>of("document", OWN, "seconds", 1);
    assertThat(code(post(fixture.operator, "dry-run", closed))).isEqualTo("not-granted");
    var busy = Map.<String, Object>of("document", OWN, "seconds", 2);
    assertThat(code(post(fixture.operator, "dry-run", busy))).isEqualTo("busy");
    assertThat(post(fixture.analyst, "dry-run", busy).status()).isEqualTo(403);
    assertThat(post(fixture.operator, "dry-run", Map.of("document", "{}")).status()).isEqualTo(400);
  }

  @Test
  void a_check_warns_where_a_mistyped_metric_would_be_stored() {
    JsonNode closed = json(post(fixture.auditor, "check", Map.of("document", FACTORY)));
    assertThat(closed.path("warnings")).isEmpty();
    String open = FACTORY.replaceAll("\"additionalProperties\": false,(\\s+\"minProp)", "$1");
    JsonNode answer = json(post(fixture.auditor, "check", Map.of("document", open)));
    assertThat(answer.path("valid").asBoolean()).isTrue();
    assertThat(answer.path("warnings").path(0).path("message").asString())
        .contains("additionalProperties");
  }

  private Response apply(String document, int ifVersion) {
    return post(fixture.operator, "apply", Map.of("document", document, "ifVersion", ifVersion));
  }

  private JsonNode test(String document, String topic, String payload) {
    var body = new LinkedHashMap<String, Object>();
    body.put("device", "press-1");
    body.put("topic", topic);
    body.put("document", document);
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    body.put("payload", Base64.getEncoder().encodeToString(bytes));
    return json(post(fixture.auditor, "test", body));
  }

  private static String reading(String members) {
    long now = ApiFixture.NOON.toEpochMilli();
    return "{\"seq\":1,\"sent\":%d,\"time\":%d,%s}".formatted(now, now, members);
  }

  @Test
  void takes_a_document_of_as_many_bytes_as_a_policy_may_have() {
    String large = OWN + " ".repeat((1 << 20) - OWN.length());
    assertThat(json(post(fixture.auditor, "check", Map.of("document", large))).path("mistakes"))
        .isEmpty();
    assertThat(post(fixture.auditor, "dry-run", Map.of("document", large)).status()).isEqualTo(200);
    assertThat(json(apply(large, 1)).path("version").asInt()).isEqualTo(2);
  }

  // Under the policy in force no device of such a type can be registered.
  @Test
  void a_type_that_only_the_document_has_is_tried_without_a_device_of_it() {
    String own = FACTORY.replace("\"name\": \"press\"", "\"name\": \"stamp\"");
    var body = new LinkedHashMap<String, Object>();
    body.put("device", "stamp-9");
    body.put("topic", "t/default/d/stamp-9/telemetry");
    body.put("document", own);
    Response unknown = post(fixture.auditor, "test", body);
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.body().asUtf8()).contains("no device stamp-9", "--type TYPE");
    body.put("type", "stamp");
    assertThat(json(post(fixture.auditor, "test", body)).path("allowed").asBoolean()).isTrue();
    body.put("device", "press-1");
    body.put("topic", TOPIC);
    assertThat(json(post(fixture.auditor, "test", body)).path("allowed").asBoolean()).isTrue();
    body.put("type", "press");
    assertThat(json(post(fixture.auditor, "test", body)).path("allowed").asBoolean()).isFalse();
  }

  @Test
  void is_shown_applied_once_and_taken_back_with_its_history() {
    JsonNode shown = json(fixture.get(fixture.analyst, "/v1/policy"));
    assertThat(shown.path("document").asString()).isEqualTo(FACTORY);

    assertThat(json(apply(OWN, 1)).path("version").asInt()).isEqualTo(2);
    assertThat(json(apply(OWN, 2)).path("changed").asBoolean()).isFalse();
    assertThat(code(apply(FACTORY, 1))).isEqualTo("stale");
    Response back = post(fixture.operator, "rollback", Map.of("reason", "the pumps fell silent"));
    assertThat(json(back).path("version").asInt()).isEqualTo(3);

    JsonNode versions = json(fixture.get(fixture.auditor, "/v1/policy/history")).path("versions");
    assertThat(versions).hasSize(3);
    assertThat(versions.path(0).path("reason").asString()).isEqualTo("the pumps fell silent");
    assertThat(versions.path(2).path("sha256")).isEqualTo(shown.path("sha256"));
    JsonNode second = json(fixture.get(fixture.analyst, "/v1/policy", Map.of("version", "2")));
    assertThat(second.path("document").asString()).isEqualTo(OWN);
    assertThat(second.path("inForce").asBoolean()).isFalse();
    assertThat(fixture.get(fixture.analyst, "/v1/policy", Map.of("version", "4")).status())
        .isEqualTo(404);
  }

  // It said a number that contradicted the pages.
  @Test
  void that_was_made_for_another_version_is_refused_with_the_numbers_that_it_takes() {
    assertThat(json(apply(OWN, 1)).path("version").asInt()).isEqualTo(2);
    Response stale = apply(FACTORY, 2);
    assertThat(code(stale)).isEqualTo("stale");
    assertThat(message(stale)).contains("--if-version 2 ", "a `version`, with 2 there");
    String mended = FACTORY.replaceFirst("\"version\": 1", "\"version\": 2");
    assertThat(json(apply(mended, 2)).path("version").asInt()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"7, 'no version 7: 1 is in force'", "0, 'no version before 1, which is in force'"})
  void that_cannot_be_gone_back_to_is_told_with_the_one_in_force(int version, String told) {
    Map<String, Object> body = version == 0 ? Map.of() : Map.of("version", version);
    Response refused = post(fixture.operator, "rollback", body);
    assertThat(refused.status()).isEqualTo(404);
    assertThat(message(refused)).contains(told);
  }

  private static String message(Response refused) {
    return json(refused).path("error").path("message").asString();
  }

  // A second recipe applied as it stands took the devices of the first away.
  @Test
  void that_cuts_off_devices_is_refused_unless_it_is_said_that_it_may() {
    fixture.addPress("press-7");
    String without = FACTORY.replace("\"press\"", "\"stamp\"");
    JsonNode diff = json(post(fixture.operator, "diff", Map.of("document", without)));
    assertThat(diff.path("cutOff").path(0).path("devices").asInt()).isEqualTo(1);

    JsonNode refused = refusedUnlessItMay("apply", "document", without);
    assertThat(refused.path("cutOff").path(0).path("deviceType").asString()).isEqualTo("press");
    assertThat(refused.path("lost").path(0).path("messageType").asString()).isEqualTo("telemetry");
    assertThat(refused.path("error").path("message").asString())
        .contains("1 registered device of the type press", "telemetry", "--cut-off");
  }

  @Test
  void that_goes_back_says_to_what_and_cuts_nobody_off_unsaid() {
    String more = FACTORY.replaceFirst("\\{\\s+\"name\": \"press\"", STAMP + "$0");
    assertThat(json(apply(more, 1)).path("deviceTypes").asInt()).isEqualTo(6);
    String stamp = ApiFixture.press("stamp-1").replace("\"press\"", "\"stamp\"");
    assertThat(fixture.post(fixture.operator, "/v1/devices", stamp).status()).isEqualTo(201);

    refusedUnlessItMay("rollback", "version", 1);
    JsonNode back = json(post(fixture.operator, "rollback", Map.of()));
    assertThat(back.path("version").asInt()).isEqualTo(4);
    assertThat(back.path("contentOf").asInt()).isEqualTo(2);
    assertThat(back.path("deviceTypes").asInt()).isEqualTo(6);
    assertThat(back.path("messageTypes").asInt()).isEqualTo(1);
    assertThat(back.path("lost")).isEmpty();
  }

  private JsonNode refusedUnlessItMay(String verb, String member, Object value) {
    long before = fixture.registry.policies().inForce(TenantId.DEFAULT).version();
    Response refused = post(fixture.operator, verb, Map.of(member, value));
    assertThat(refused.status()).isEqualTo(409);
    assertThat(code(refused)).isEqualTo("cuts-off");
    assertThat(fixture.registry.policies().inForce(TenantId.DEFAULT).version()).isEqualTo(before);
    JsonNode done = json(post(fixture.operator, verb, Map.of(member, value, "cutOff", true)));
    assertThat(done.path("version").asLong()).isEqualTo(before + 1);
    assertThat(done.path("cutOff")).hasSize(1);
    return json(refused);
  }

  @Test
  void with_mistakes_is_told_them_all_and_never_applied() {
    String wrong = OWN.replace("\"burst\": 7", "\"burst\": 0").replace("[0-9A-Za-z][", "(?=a)[");
    JsonNode checked = json(post(fixture.auditor, "check", Map.of("document", wrong)));

    assertThat(checked.path("valid").asBoolean()).isFalse();
    assertThat(checked.path("mistakes")).hasSizeGreaterThan(5);
    JsonNode last = checked.path("mistakes").path(checked.path("mistakes").size() - 1);
    String line = wrong.lines().toList().get(last.path("line").asInt() - 1);
    assertThat(last.path("pointer").asString()).endsWith("/firmware/pattern");
    assertThat(line).contains("\"pattern\"");
    assertThat(code(apply(wrong, 1))).isEqualTo("invalid-document");
    assertThat(json(fixture.get(fixture.analyst, "/v1/policy")).path("version").asInt())
        .isEqualTo(1);
  }

  @Test
  void says_what_a_document_would_change() {
    String own =
        OWN.replace("\"name\": \"press\"", "\"name\": \"stamp\"")
            .replace("{device}/{type}", "{device}/telemetry");
    JsonNode changes = json(post(fixture.auditor, "diff", Map.of("document", own))).path("changes");

    assertThat(changes)
        .extracting(
            change -> change.path("change").asString() + " " + change.path("what").asString())
        .contains(
            "removed device type press",
            "added device type stamp",
            "changed device type pump",
            "removed rule",
            "added rule");
    assertThat(json(post(fixture.auditor, "diff", Map.of("document", FACTORY))).path("changes"))
        .isEmpty();
  }

  @Test
  void explains_each_step_of_a_decision() {
    fixture.addPress("press-1");
    JsonNode good = test(OWN, TOPIC, reading("\"values\":{\"temperature\":21}"));
    assertThat(good.path("allowed").asBoolean()).as(good.toPrettyString()).isTrue();
    assertThat(good.path("steps"))
        .extracting(step -> step.path("step").asString())
        .containsSequence("device type", "message type", "/rules/0", "authorisation", "payload")
        .endsWith("schema", "values");

    assertFails(test(OWN, TOPIC, reading("\"values\":{\"temperature\":\"x\"}")), "/values/temp");
    String unit = "\"values\":{\"temperature\":21},\"units\":{\"temperature\":\"furlong\"}";
    assertFails(test(OWN, TOPIC, reading(unit)), "a unit is not known");
    assertFails(test(OWN, TOPIC, "{\"seq\":1,\"values\":{}}"), "seq, sent, time");
    assertFails(
        test(OWN, TOPIC, reading("\"values\":{}").replace("\"seq\":1,", "")), "must send seq");
    assertFails(test(OWN, "t/default/d/press-2/telemetry", "{}"), "none of this device's");
    assertFails(test(OWN.replace("\"allow\"", "\"deny\""), TOPIC, "{}"), "a rule denies");
    assertFails(test(OWN.replace("\"press\"", "\"stamp\""), TOPIC, "{}"), "no type press");
  }

  private static void assertFails(JsonNode verdict, String why) {
    assertThat(verdict.path("allowed").asBoolean()).isFalse();
    JsonNode last = verdict.path("steps").path(verdict.path("steps").size() - 1);
    assertThat(last.path("passed").asBoolean()).isFalse();
    assertThat(last.path("detail").asString()).contains(why);
  }

  @Test
  void of_another_tenant_cannot_be_seen_or_changed() {
    X509Certificate stranger = fixture.person("stranger", ApiFixture.OTHER, Set.of(Role.OPERATOR));
    fixture.addPress("press-1");

    Response applied = post(stranger, "apply", Map.of("document", OWN));
    assertThat(json(applied).path("changed").asBoolean()).isTrue();
    assertThat(fixture.registry.policies().inForce(TenantId.DEFAULT).version()).isEqualTo(1);
    Response asked = post(stranger, "test", Map.of("device", "press-1", "topic", TOPIC));
    assertThat(asked.status()).isEqualTo(404);
  }
}
