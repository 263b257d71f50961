package io.telltale.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** IN-12, ADR 0173: devices that exist publish as they do, on topics of their own. */
class MappedAdmissionTest {
  private static final String POLICY =
      """
      {"deviceTypes": [
         {"name": "plug", "messageTypes": ["sensor"], "replay": "session-only",
          "limits": {"messagesPerSecond": 100, "burst": 50, "bytesPerSecond": 100000}}],
       "messageTypes": [
         {"name": "sensor", "version": 2, "sensitivity": "internal",
          "topic": "tele/{device}/SENSOR",
          "mapping": {"version": 5, "format": "json",
            "time": {"from": "/Time", "format": "iso-8601"},
            "values": [{"name": "temperature", "from": "/AM2301/Temperature"}]},
          "schema": {"properties": {"values": {"properties":
            {"temperature": {"maximum": 100}}, "additionalProperties": false}}},
          "fields": [{"name": "temperature", "unit": "degC", "canonicalUnit": "degC",
                      "min": -40, "max": 100}]}],
       "rules": [{"effect": "allow", "action": "publish", "topic": "tele/{device}/SENSOR"}]}
      """;
  private static final String SENSOR =
      "{\"Time\":\"2026-11-23T11:59:30\",\"AM2301\":{\"Temperature\":%s,\"Humidity\":40}}";
  private final Bench bench = new Bench();
  private final Policy policy = policy();
  private final Identity plug = Bench.identity(5, "plug-1", "plug", LifecycleState.ACTIVE);
  private final DeviceSession session =
      new DeviceSession(
          new DeviceContexts(tenant -> policy, Bench.emptyWindows(), System::nanoTime)
              .of(plug)
              .orElseThrow(),
          "mqtt311:8883");

  private static Policy policy() {
    return policy(POLICY);
  }

  private static Policy policy(String document) {
    return switch (Policy.parse(Bytes.utf8(document))) {
      case ParsedPolicy.Valid(Policy policy) -> policy;
      case ParsedPolicy.Invalid(var mistakes) -> throw new AssertionError(mistakes);
    };
  }

  private Outcome publish(String topic, String payload) {
    return bench.one(session, Submission.of(topic, Bytes.utf8(payload), false, 1));
  }

  @Test
  void a_foreign_payload_is_admitted_as_it_came_on_the_devices_own_topic() {
    assertThat(publish("tele/plug-1/SENSOR", SENSOR.formatted("21.5")))
        .isInstanceOf(Outcome.Admitted.class);

    var origin = bench.sealer.origins.getFirst();
    assertThat(origin.schema()).isEqualTo("sensor@2");
    assertThat(origin.sent()).isEqualTo(Bench.NOW);
    assertThat(origin.sequence()).isEmpty();
  }

  // It was told that no rule allows it.
  @Test
  void a_rule_that_denies_is_named_as_one() {
    String denying =
        POLICY.replace(
            "\"rules\": [",
            "\"rules\": [{\"effect\": \"deny\", \"action\": \"publish\","
                + " \"topic\": \"tele/{device}/SENSOR\"},");
    Policy denies = policy(denying);
    var context =
        new DeviceContexts(tenant -> denies, Bench.emptyWindows(), System::nanoTime)
            .of(plug)
            .orElseThrow();
    var message =
        Submission.of("tele/plug-1/SENSOR", Bytes.utf8(SENSOR.formatted("21.5")), false, 1);
    assertThat(bench.one(new DeviceSession(context, "mqtt311:8883"), message))
        .isEqualTo(new Outcome.Refused(RefusalReason.TOPIC_DENIED));
    var question =
        new PolicyTrial.Question(
            plug, "tele/plug-1/SENSOR", Optional.empty(), PolicyTrial.Assumption.NONE);
    assertThat(PolicyTrial.ask(denies, question, Bench.NOW).steps().getLast())
        .isEqualTo(
            new PolicyTrial.Step("authorisation", false, RefusalReason.TOPIC_DENIED.sentence()));
  }

  @Test
  void nobody_elses_topic_is_open_to_it() {
    assertThat(publish("tele/plug-2/SENSOR", SENSOR.formatted("21.5")))
        .isEqualTo(new Outcome.Refused(RefusalReason.TOPIC_NOT_ALLOWED));
    assertThat(publish("t/default/d/plug-1/sensor", SENSOR.formatted("21.5")))
        .isInstanceOf(Outcome.Refused.class);
  }

  // ADR 0140: what the door can check it checks before it acknowledges.
  @Test
  void what_the_mapping_or_the_schema_does_not_take_is_refused_before_it_is_acknowledged() {
    assertThat(publish("tele/plug-1/SENSOR", "{\"Time\":\"2026-11-23T11:59:30\"}"))
        .isEqualTo(new Outcome.Refused(RefusalReason.PAYLOAD_UNREADABLE));
    assertThat(publish("tele/plug-1/SENSOR", SENSOR.formatted("\"21,5\"")))
        .isEqualTo(new Outcome.Refused(RefusalReason.PAYLOAD_UNREADABLE));
    assertThat(publish("tele/plug-1/SENSOR", SENSOR.formatted("101")))
        .isEqualTo(
            new Outcome.Refused(
                RefusalReason.SCHEMA_VIOLATION,
                "/properties/values/properties/temperature/maximum"));
    assertThat(publish("tele/plug-1/SENSOR", SENSOR.formatted("1").replace("2026", "2025")))
        .isEqualTo(new Outcome.Refused(RefusalReason.TIME_TOO_OLD));
    assertThat(bench.sealer.origins).isEmpty();
  }

  // It said no more than the door does.
  @Test
  void a_trial_says_which_value_lies_outside_which_range() {
    var question =
        new PolicyTrial.Question(
            plug,
            "tele/plug-1/SENSOR",
            Optional.of(Bytes.utf8(SENSOR.formatted("-41.25"))),
            PolicyTrial.Assumption.NONE);
    assertThat(PolicyTrial.ask(policy, question, Bench.NOW).steps().getLast())
        .isEqualTo(
            new PolicyTrial.Step(
                "values",
                false,
                "temperature: -41.25 is not between -40 and 100 degC: send what the field takes, or"
                    + " change its min and max"));
  }

  @Test
  void a_trial_says_what_the_mapping_missed() {
    var question =
        new PolicyTrial.Question(
            plug,
            "tele/plug-1/SENSOR",
            Optional.of(Bytes.utf8("{\"AM2301\":{}}")),
            new PolicyTrial.Assumption(true, true));
    PolicyTrial.Verdict verdict = PolicyTrial.ask(policy, question, Instant.EPOCH);

    assertThat(verdict.allowed()).isFalse();
    assertThat(verdict.steps())
        .extracting(PolicyTrial.Step::detail)
        .anyMatch(detail -> detail.contains("is not registered: asked as if it were a plug"));
    assertThat(verdict.steps().getFirst().detail())
        .isEqualTo("the document given, for tenant " + plug.id().tenant().name());
    assertThat(verdict.steps().getLast().detail()).isEqualTo("it lacks /AM2301/Temperature");
  }
}
