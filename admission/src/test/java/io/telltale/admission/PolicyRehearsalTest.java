package io.telltale.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.record.Origin;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import org.junit.jupiter.api.Test;

/** What was admitted under one policy, judged by another (firm ground 7, section 3). */
class PolicyRehearsalTest {
  private final Bench bench = new Bench();
  private final Identity press = Bench.identity(5, "press-1", "press", LifecycleState.ACTIVE);

  private static Policy policy(String from, String to) {
    String text = Bench.POLICY.replace(from, to);
    assertThat(text.equals(Bench.POLICY)).isEqualTo(from.equals(to));
    return ((ParsedPolicy.Valid) Policy.parse(Bytes.utf8(text))).policy();
  }

  private String judged(Submission reading, Policy policy) {
    assertThat(bench.one(bench.session(press), reading)).isInstanceOf(Outcome.Admitted.class);
    Origin origin = bench.sealer.origins.getLast();
    var admitted = new PolicyRehearsal.Admitted(press, reading.topic(), origin, reading.payload());
    return new PolicyRehearsal(policy).judge(admitted).map(RefusalReason::cause).orElse("admitted");
  }

  @Test
  void the_same_policy_admits_what_it_has_admitted() {
    assertThat(judged(bench.reading(1, 60), policy("press", "press"))).isEqualTo("admitted");
  }

  @Test
  void what_another_policy_would_not_admit_is_refused_for_the_doors_own_reason() {
    assertThat(judged(bench.reading(1, 60), policy("\"maximum\": 150", "\"maximum\": 50")))
        .isEqualTo("schema-violation");
    assertThat(judged(bench.reading(2, 60), policy("\"max\": 150", "\"max\": 50")))
        .isEqualTo("value-out-of-range");
    assertThat(judged(bench.reading(3, 60), policy("{device}/telemetry", "{device}/other")))
        .isEqualTo("topic-not-allowed");
    assertThat(judged(bench.reading(4, 60), policy("\"name\": \"press\"", "\"name\": \"other\"")))
        .isEqualTo("type-not-allowed");
    assertThat(
            judged(
                bench.reading(5, 60),
                policy(
                    "\"replay\": \"sequence\", \"attestationRequired\": false",
                    "\"replay\": \"sequence\", \"attestationRequired\": true")))
        .isEqualTo("attestation-required");
  }

  @Test
  void what_came_beside_the_payload_counts() {
    long now = Bench.NOW.toEpochMilli();
    Bytes payload = Bytes.utf8("{\"time\":%d,\"values\":{\"temperature\":1}}".formatted(now));
    var reading =
        new Submission(
            Bench.TOPIC,
            payload,
            false,
            1,
            java.util.OptionalLong.of(9),
            java.util.OptionalLong.of(now),
            100);
    assertThat(judged(reading, policy("press", "press"))).isEqualTo("admitted");
  }
}
