package io.telltale.roster;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Sensitivity;
import io.telltale.message.Field;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyTest {
  private static final String MINIMAL =
      """
      {"version":7,
       "messageTypes":[{"name":"m","version":2,"sensitivity":"restricted",
         "schema":{"type":"object"},
         "fields":[{"name":"f","unit":"degF","canonicalUnit":"degC","min":-1.5,"max":2}]}],
       "deviceTypes":[{"name":"d","messageTypes":["m"],"replay":"session-only",
         "limits":{"messagesPerSecond":0.5,"burst":3,"bytesPerSecond":100}}],
       "rules":[{"effect":"deny","action":"subscribe","topic":"t/{tenant}/d/{device}/cmd/+",
         "when":{"attribute":"asset.labels.line","equals":["a","b"]}}]}
      """;

  private static ParsedPolicy parse(String json) {
    return Policy.parse(Bytes.utf8(json));
  }

  // IN-5
  @Test
  void the_factory_policy_is_valid_and_knows_the_four_readings() {
    Policy policy = Policy.factory();

    assertThat(policy.deviceTypes())
        .extracting(DeviceType::name)
        .contains("press", "pump", "motor", "compressor");
    assertThat(policy.messageType("telemetry").orElseThrow().fields())
        .extracting(Field::name)
        .containsExactly("temperature", "vibration", "pressure", "power");
    assertThat(policy.rules()).hasSize(1);
  }

  @Test
  void reads_every_member() {
    assertThat(parse(MINIMAL)).isInstanceOf(ParsedPolicy.Valid.class);
    Policy policy = ((ParsedPolicy.Valid) parse(MINIMAL)).policy();

    assertThat(policy.version()).isEqualTo(7);
    MessageType message = policy.messageTypes().getFirst();
    assertThat(message.sensitivity()).isEqualTo(Sensitivity.RESTRICTED);
    assertThat(message.schema()).isEqualTo("{\"type\":\"object\"}");
    assertThat(message.fields()).containsExactly(new Field("f", "degF", "degC", -1.5, 2));
    assertThat(policy.deviceTypes())
        .containsExactly(
            new DeviceType(
                "d",
                Set.of("m"),
                new Limits(0.5, 3, 100),
                DeviceType.Replay.SESSION_ONLY,
                false,
                0));
    assertThat(policy.rules())
        .containsExactly(
            new Rule(
                Rule.Effect.DENY,
                Rule.Action.SUBSCRIBE,
                "t/{tenant}/d/{device}/cmd/+",
                Optional.of(new Condition.OneOf("asset.labels.line", Set.of("a", "b")))));
  }

  @Test
  void a_message_type_says_how_old_its_readings_may_be_and_seven_days_when_it_says_nothing() {
    String named = MINIMAL.replace("\"version\":2,", "\"version\":2,\"ageDaysMax\":36500,");
    assertThat(
            ((ParsedPolicy.Valid) parse(MINIMAL)).policy().messageTypes().getFirst().ageDaysMax())
        .isEqualTo(7);
    assertThat(((ParsedPolicy.Valid) parse(named)).policy().messageTypes().getFirst().ageDaysMax())
        .isEqualTo(36_500);
    for (String bad : new String[] {"0", "36501", "1.5", "\"7\""}) {
      assertThat(parse(named.replace("36500", bad))).isInstanceOf(ParsedPolicy.Invalid.class);
    }
  }

  @Test
  void reports_every_mistake_at_once() {
    ParsedPolicy parsed =
        parse(
            """
            {"version":0,"surprise":1,
             "messageTypes":[{"name":"m","version":1,"sensitivity":"secret",
               "schema":[],"fields":[]}],
             "deviceTypes":[{"name":"a/b","messageTypes":["ghost"],"replay":"sequence",
               "limits":{"messagesPerSecond":-1,"burst":3,"bytesPerSecond":"x"}}],
             "rules":[{"effect":"allow","action":"publish","topic":"t/#",
               "when":{"attribute":"asset.password","equals":[1]}}]}
            """);

    assertThat(((ParsedPolicy.Invalid) parsed).mistakes())
        .extracting(mistake -> mistake.pointer() + ": " + mistake.what())
        .anyMatch(m -> m.startsWith("/version:"))
        .anyMatch(m -> m.startsWith("/surprise: is unknown here"))
        .anyMatch(m -> m.startsWith("/messageTypes/0/sensitivity:"))
        .anyMatch(m -> m.startsWith("/messageTypes/0/schema:"))
        .anyMatch(m -> m.startsWith("/deviceTypes/0/name:"))
        .anyMatch(m -> m.contains("unknown message type ghost"))
        .anyMatch(m -> m.startsWith("/deviceTypes/0/limits/messagesPerSecond:"))
        .anyMatch(m -> m.startsWith("/deviceTypes/0/limits/bytesPerSecond:"))
        .anyMatch(m -> m.startsWith("/rules/0/topic:"))
        .anyMatch(m -> m.startsWith("/rules/0/when/attribute:"))
        .anyMatch(m -> m.startsWith("/rules/0/when/equals:"));
  }

  @Test
  void a_unit_that_is_not_converted_is_told_with_those_that_are() {
    ParsedPolicy parsed =
        parse(MINIMAL.replace("\"canonicalUnit\":\"degC\"", "\"canonicalUnit\":\"m3/h\""));
    assertThat(((ParsedPolicy.Invalid) parsed).mistakes())
        .extracting(mistake -> mistake.pointer() + ": " + mistake.what())
        .singleElement()
        .asString()
        .startsWith("/messageTypes/0/fields/0/canonicalUnit: does not follow from the unit degF")
        .contains("K, degC, degF; ")
        .contains("give the same as unit and canonicalUnit");
  }

  // IN-12
  @Test
  void a_mapping_that_cannot_work_is_a_mistake() {
    ParsedPolicy parsed =
        parse(
            """
            {"messageTypes": [
               {"name": "a", "version": 1, "sensitivity": "internal", "schema": {}, "fields": [],
                "topic": "tele/+/SENSOR", "mapping": {"version": 0, "format": "xml",
                  "values": [{"name": "v", "from": "v", "number": "roman", "words": {"ON": "1"}},
                             {"name": "v", "from": "/v"}],
                  "time": {"from": "/t", "format": "epoch-seconds", "zone": "Mars/Base"}}},
               {"name": "b", "version": 1, "sensitivity": "internal", "schema": {}, "fields": [],
                "topic": "x/{device}", "mapping": {"version": 1, "format": "json"}},
               {"name": "c", "version": 1, "sensitivity": "internal", "schema": {}, "fields": [],
                "topic": "x/{device}", "mapping": {"version": 1, "format": "senml-json",
                  "time": {"from": "/t", "format": "iso-8601"}}}],
             "deviceTypes": [{"name": "d", "messageTypes": ["b", "c"], "replay": "sequence",
               "limits": {"messagesPerSecond": 1, "burst": 3, "bytesPerSecond": 9}}],
             "rules": []}
            """);

    assertThat(((ParsedPolicy.Invalid) parsed).mistakes())
        .extracting(Mistake::pointer)
        .contains(
            "/messageTypes/0/topic",
            "/messageTypes/0/mapping/version",
            "/messageTypes/0/mapping/format",
            "/messageTypes/0/mapping/values",
            "/messageTypes/0/mapping/values/0/from",
            "/messageTypes/0/mapping/values/0/number",
            "/messageTypes/0/mapping/values/0/words",
            "/messageTypes/0/mapping/time/zone",
            "/messageTypes/1/mapping/values",
            "/messageTypes/2/mapping/format",
            "/deviceTypes/0/messageTypes",
            "/deviceTypes/0/replay");
  }

  // IN-12
  @Test
  void every_mistake_has_its_line() {
    ParsedPolicy parsed =
        parse(
            """
            {"deviceTypes": [],
             "messageTypes": [
               {"name": "m", "version": 1, "sensitivity": "internal", "fields": [],
                "schema": {
                  "properties": {
                    "a/b": {"pattern": "("}}}},
               {"name": "n"}],
             "rules": [{
               "effect": "allow", "action": "publish",
               "topic": "#"}]}
            """);

    assertThat(((ParsedPolicy.Invalid) parsed).mistakes())
        .extracting(mistake -> mistake.line() + " " + mistake.pointer())
        .contains(
            "6 /messageTypes/0/schema/properties/a~1b/pattern",
            "7 /messageTypes/1/version",
            "10 /rules/0/topic");
    assertThat(((ParsedPolicy.Invalid) parsed).mistakes()).extracting(Mistake::line).isSorted();
  }

  @Test
  void says_where_json_ends_to_be_json() {
    Mistake mistake = ((ParsedPolicy.Invalid) parse("{\n\n \"version\": x}")).mistakes().getFirst();
    assertThat(mistake.line()).isEqualTo(3);
    assertThat(mistake.what()).startsWith("not JSON");
  }

  @Test
  void refuses_what_is_not_one_strict_json_object() {
    for (String bad :
        new String[] {
          "", "null", "[]", "{", "{}{}", "{\"version\":1,\"version\":2}", "[".repeat(5_000)
        }) {
      assertThat(parse(bad)).as(bad).isInstanceOf(ParsedPolicy.Invalid.class);
    }
    assertThat(Policy.parse(Bytes.adopt(new byte[(1 << 20) + 1])))
        .isInstanceOf(ParsedPolicy.Invalid.class);
    assertThat(Policy.parse(Bytes.adopt(new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1})))
        .isInstanceOf(ParsedPolicy.Invalid.class);
  }
}
