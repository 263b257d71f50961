package io.telltale.admission;

import static io.telltale.admission.Bench.NOW;
import static io.telltale.admission.Bench.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
  private final Bench bench = new Bench();
  private final DeviceSession press = bench.session("press");

  @Test
  void admits_a_good_reading_and_names_its_place() {
    Outcome outcome = bench.one(press, bench.reading(1, 20.5));
    int partition = press.context().partition();
    // Offset 0 is the lease's announcement.
    assertThat(outcome).isEqualTo(new Outcome.Admitted(partition, 1));
    assertThat(bench.log.stored()).hasSize(2);
    assertThat(bench.counted).containsEntry("admission admitted", 1L);
  }

  // IN-8
  @Test
  void writes_the_whole_origin_once() {
    var _ = bench.one(press, bench.reading(1, 20.5));
    var origin = bench.sealer.origins.getFirst();
    assertThat(origin.device()).hasToString("default/press-1");
    assertThat(origin.scope()).hasToString("default/production/eu/presses/confidential");
    assertThat(origin.schema()).isEqualTo("telemetry@3");
    assertThat(origin.sequence()).isEqualTo(OptionalLong.of(1));
    assertThat(origin.policyVersion()).isEqualTo(7);
    assertThat(origin.feedPosition()).isEqualTo(42);
    assertThat(origin.firmwareClaimed()).isEqualTo("1.0.0");
    assertThat(origin.received()).isEqualTo(NOW);
  }

  // IN-3
  @Test
  void answers_nothing_before_the_log_has_spoken() {
    bench.log.stall = true;
    assertThat(bench.submit(press, bench.reading(1, 20.5))).isEmpty();
    bench.log.release();
    bench.turn();
    assertThat(bench.admission.idle()).isTrue();
    assertThat(bench.counted).containsEntry("admission admitted", 1L);
  }

  @Test
  void appends_one_batch_for_a_whole_read_pass() {
    var outcomes =
        bench.submit(press, bench.reading(1, 1), bench.reading(2, 2), bench.reading(3, 3));
    assertThat(outcomes).hasSize(3).allMatch(Outcome.Admitted.class::isInstance);
    assertThat(bench.log.appends()).isEqualTo(1);
  }

  // IN-4
  @Test
  void refuses_another_devices_topic() {
    var foreign = Submission.of("t/default/d/press-2/telemetry", bench.payload(1, 1), false, 1);
    assertThat(bench.one(press, foreign)).isEqualTo(refused(RefusalReason.TOPIC_NOT_ALLOWED));
  }

  // IN-5
  @Test
  void refuses_a_message_type_that_the_device_type_does_not_have() {
    var foreign = Submission.of("t/default/d/press-1/control", bench.payload(1, 1), false, 1);
    assertThat(bench.one(press, foreign)).isEqualTo(refused(RefusalReason.TYPE_NOT_ALLOWED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "t/default/d/press-1/telemetry/",
        "/t/default/d/press-1/telemetry",
        "t/default/d/press-1/+",
        "t/default/d/press-1/#",
        "t/other/d/press-1/telemetry",
        "t/default/d/press-1/TELEMETRY",
        "t/default/d/press-1/cmd/reboot",
        "$SYS/x",
        ""
      })
  void refuses_topics_that_only_resemble_an_allowed_one(String topic) {
    var foreign = Submission.of(topic, bench.payload(1, 1), false, 1);
    assertThat(bench.one(press, foreign)).isInstanceOf(Outcome.Refused.class);
    assertThat(bench.log.stored()).isEmpty();
  }

  @Test
  void refuses_a_device_that_is_not_active_any_more() {
    Identity gone = Bench.identity(5, "press-1", "press", LifecycleState.QUARANTINED);
    assertThat(bench.one(bench.session(gone), bench.reading(1, 1)))
        .isEqualTo(refused(RefusalReason.NOT_ACTIVE));
  }

  @Test
  void refuses_an_expired_credential_in_a_session_that_lives_on() {
    bench.now = NOW.plus(Duration.ofDays(31));
    assertThat(bench.one(press, bench.reading(1, 1))).isEqualTo(refused(RefusalReason.NOT_ACTIVE));
  }

  @Test
  void refuses_a_device_that_must_attest_and_has_not() {
    assertThat(bench.one(bench.session("vault"), bench.reading(1, 1)))
        .isEqualTo(refused(RefusalReason.ATTESTATION_REQUIRED));
  }

  // The clock 10 minutes off of issue 2, part 4.
  @Test
  void refuses_a_clock_that_is_ten_minutes_off_either_way() {
    for (int minutes : new int[] {-10, 10}) {
      long off = NOW.plus(Duration.ofMinutes(minutes)).toEpochMilli();
      String json =
          "{\"seq\":1,\"sent\":%1$d,\"time\":%1$d,\"values\":{\"temperature\":1}}".formatted(off);
      assertThat(bench.one(press, bench.raw(json)))
          .isEqualTo(refused(RefusalReason.SENT_OUTSIDE_WINDOW));
    }
  }

  @Test
  void takes_readings_up_to_seven_days_old_and_none_from_the_future() {
    assertThat(bench.one(press, timed(1, NOW.minus(Duration.ofDays(7)).toEpochMilli())))
        .isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, timed(2, NOW.minus(Duration.ofDays(8)).toEpochMilli())))
        .isEqualTo(refused(RefusalReason.TIME_TOO_OLD));
    assertThat(bench.one(press, timed(3, NOW.plus(Duration.ofMinutes(6)).toEpochMilli())))
        .isEqualTo(refused(RefusalReason.TIME_IN_FUTURE));
  }

  @Test
  void takes_history_as_old_as_the_message_type_allows_and_none_that_is_older() {
    DeviceSession historian = bench.session("historian");
    var archive = "t/default/d/press-1/archive";
    assertThat(bench.one(historian, Bench.on(archive, old(1, Duration.ofDays(3650).minusHours(1)))))
        .isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(historian, Bench.on(archive, old(2, Duration.ofDays(3650).plusHours(1)))))
        .isEqualTo(refused(RefusalReason.TIME_TOO_OLD));
  }

  private static String old(int sequence, Duration age) {
    return "{\"seq\":%d,\"sent\":%d,\"time\":%d,\"values\":{\"temperature\":1}}"
        .formatted(sequence, NOW.toEpochMilli(), NOW.minus(age).toEpochMilli());
  }

  // It says which rule, and repeats no name or value that the payload made up.
  @Test
  void a_payload_that_the_schema_does_not_take_is_told_the_schemas_own_words() {
    String json = bench.payload(9, 1).asUtf8().replace("temperature", "s3cret");
    Outcome outcome = bench.one(press, bench.raw(json));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.sentence())
                    .startsWith("/properties/values/")
                    .doesNotContain("s3cret"));
  }

  @Test
  void refuses_a_value_out_of_the_schemas_range_and_uses_no_number_up() {
    assertThat(bench.one(press, bench.reading(9, 900)))
        .isEqualTo(
            new Outcome.Refused(
                RefusalReason.SCHEMA_VIOLATION,
                "/properties/values/properties/temperature/maximum"));
    assertThat(bench.one(press, bench.reading(9, 90))).isInstanceOf(Outcome.Admitted.class);
  }

  // Firm ground 22: nanoseconds, and what lies around every edge.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1795857665303629437",
        "9007199254740992",
        "253402300800000",
        "-62135596800001",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1e308",
        "1.5"
      })
  void refuses_a_source_time_that_storage_cannot_hold_and_uses_no_number_up(String sourceTime) {
    assertThat(bench.one(press, sourced(sourceTime)))
        .isEqualTo(refused(RefusalReason.TIME_UNSTORABLE));
    assertThat(bench.log.stored()).isEmpty();
    assertThat(bench.one(press, sourced("253402300799999"))).isInstanceOf(Outcome.Admitted.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-0", "-1", "2147483648", "1795857665303", "-62135596800000"})
  void takes_a_source_time_of_the_years_1_to_9999(String sourceTime) {
    assertThat(bench.one(press, sourced(sourceTime))).isInstanceOf(Outcome.Admitted.class);
  }

  private Submission sourced(String sourceTime) {
    return bench.raw(
        "{\"seq\":1,\"sent\":%1$d,\"time\":%1$d,\"sourceTime\":%2$s,\"values\":{\"temperature\":1}}"
            .formatted(NOW.toEpochMilli(), sourceTime));
  }

  @Test
  void refuses_a_message_without_sequence_where_one_is_required() {
    String json =
        "{\"sent\":%1$d,\"time\":%1$d,\"values\":{\"temperature\":1}}"
            .formatted(NOW.toEpochMilli());
    assertThat(bench.one(press, bench.raw(json)))
        .isEqualTo(refused(RefusalReason.SEQUENCE_REQUIRED));
  }

  @Test
  void takes_sequence_and_sending_time_from_beside_the_payload_unless_they_contradict() {
    Bytes bare =
        Bytes.utf8("{\"time\":%d,\"values\":{\"temperature\":1}}".formatted(NOW.toEpochMilli()));
    var sent = OptionalLong.of(NOW.toEpochMilli());
    assertThat(
            bench.one(press, new Submission(TOPIC, bare, false, 1, OptionalLong.of(4), sent, 99)))
        .isInstanceOf(Outcome.Admitted.class);
    assertThat(
            bench.one(
                press,
                new Submission(TOPIC, bench.payload(5, 1), false, 1, OptionalLong.of(6), sent, 99)))
        .isEqualTo(
            new Outcome.Refused(
                RefusalReason.METADATA_MALFORMED,
                "seq is no whole number from 0 to %d, or is not what came beside the payload"
                    .formatted(PayloadReader.SEQUENCE_MAX)));
  }

  // IN-6
  @Test
  void throttles_a_flooding_device_says_when_to_come_back_and_keeps_that_promise() {
    for (int i = 1; i <= 50; i++) {
      assertThat(bench.one(press, bench.reading(i, 1))).isInstanceOf(Outcome.Admitted.class);
    }
    Outcome flooded = bench.one(press, bench.reading(51, 1));
    assertThat(flooded).isInstanceOf(Outcome.Throttled.class);
    bench.now = NOW.plus(((Outcome.Throttled) flooded).retryAfter());
    assertThat(bench.one(press, bench.reading(51, 1))).isInstanceOf(Outcome.Admitted.class);
  }

  // Firm ground 11: what is refused costs as much as what is not.
  @Test
  void throttles_refused_topics_and_payloads_like_any_other() {
    for (int i = 1; i <= 50; i++) {
      String topic = i % 2 == 0 ? "t/default/d/another/telemetry" : "t/default/d/press/telemetry";
      var refused = Submission.of(topic, Bytes.utf8("not json"), false, i);
      assertThat(bench.one(press, refused)).isInstanceOf(Outcome.Refused.class);
    }
    var wrong = Submission.of("t/default/d/another/telemetry", Bytes.EMPTY, false, 51);
    assertThat(bench.one(press, wrong)).isInstanceOf(Outcome.Throttled.class);
    assertThat(bench.one(press, bench.reading(1, 1))).isInstanceOf(Outcome.Throttled.class);
  }

  // The issue's input: wrong topics of 264 KiB as fast as the line takes them.
  @Test
  void a_line_full_of_large_refused_payloads_is_held_to_the_devices_bytes_a_second() {
    var large = Bytes.adopt(new byte[AdmissionLimits.PAYLOAD_BYTES_MAX - 100]);
    var wrong = Submission.of("t/default/d/another/telemetry", large, false, 1);
    assertThat(bench.one(press, wrong)).isInstanceOf(Outcome.Refused.class);
    assertThat(bench.one(press, wrong)).isInstanceOf(Outcome.Throttled.class);
  }

  @Test
  void throttles_by_device_not_by_session_and_leaves_others_alone() {
    for (int i = 1; i <= 51; i++) {
      var _ = bench.one(press, bench.reading(i, 1));
    }
    assertThat(bench.one(bench.session("press"), bench.reading(60, 1)))
        .isInstanceOf(Outcome.Throttled.class);
    DeviceSession other =
        bench.session(Bench.identity(6, "press-2", "press", LifecycleState.ACTIVE));
    var theirs = Submission.of("t/default/d/press-2/telemetry", bench.payload(1, 1), false, 1);
    assertThat(bench.one(other, theirs)).isInstanceOf(Outcome.Admitted.class);
  }

  @Test
  void acknowledges_nothing_while_the_scopes_key_is_disabled_and_recovers() {
    bench.sealer.unavailable = true;
    assertThat(bench.one(press, bench.reading(1, 1)))
        .isEqualTo(new Outcome.Unavailable("scope-disabled"));
    bench.sealer.unavailable = false;
    assertThat(bench.one(press, bench.reading(1, 1))).isInstanceOf(Outcome.Admitted.class);
  }

  @Test
  void seals_nothing_while_the_log_is_short_of_space() {
    bench.log.available = false;
    assertThat(bench.one(press, bench.reading(1, 1))).isInstanceOf(Outcome.Unavailable.class);
    assertThat(bench.sealer.origins).isEmpty();
  }

  private Submission timed(long sequence, long time) {
    return bench.raw(
        "{\"seq\":%d,\"sent\":%d,\"time\":%d,\"values\":{\"temperature\":1}}"
            .formatted(sequence, NOW.toEpochMilli(), time));
  }

  private static Outcome refused(RefusalReason why) {
    return new Outcome.Refused(why);
  }

  // IN-4, ADR 0172
  @Test
  void a_condition_that_cannot_be_evaluated_allows_nothing_and_denies() {
    String publish = "\"action\": \"publish\", \"topic\": \"t/{tenant}/d/{device}/{type}\"";
    String unknown = "\"when\": \"asset.labels['none'] == '1'\"";
    String open = "{\"effect\": \"allow\", %s}".formatted(publish);
    String allow = "{\"effect\": \"allow\", %s, %s}".formatted(publish, unknown);
    String deny = "{\"effect\": \"deny\", %s, %s}".formatted(publish, unknown);
    String held =
        "{\"effect\": \"allow\", %s, \"when\": \"asset.site == 'site'\"}".formatted(publish);

    assertThat(topicsUnder(open)).hasSize(2);
    assertThat(topicsUnder(held)).hasSize(2);
    assertThat(topicsUnder(allow)).isEmpty();
    assertThat(topicsUnder(open + "," + deny)).isEmpty();
  }

  private static Set<String> topicsUnder(String rules) {
    String document =
        Bench.POLICY.substring(0, Bench.POLICY.indexOf("\"rules\"")) + "\"rules\": [%s]}";
    if (!(Policy.parse(Bytes.utf8(document.formatted(rules)))
        instanceof ParsedPolicy.Valid(Policy policy))) {
      throw new AssertionError(rules);
    }
    var contexts = new DeviceContexts(tenant -> policy, Bench.emptyWindows(), System::nanoTime);
    return contexts
        .of(Bench.identity(5, "press-1", "press", LifecycleState.ACTIVE))
        .orElseThrow()
        .allowedTopics();
  }
}
