package io.telltale.admission;

import static io.telltale.admission.Bench.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.record.ReadingHash;
import io.telltale.record.SequenceMark;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

// IN-7, ADR 0120.
class ReplayTest {
  private static final long MAX = (1L << 53) - 1;

  private final Bench bench = new Bench();
  private final DeviceSession press = bench.session("press");

  // Firm ground 33: many clients send again without DUP after a reconnect.
  @Test
  void a_reading_sent_again_is_acknowledged_with_the_old_offset_marked_or_not() {
    var first = (Outcome.Admitted) bench.one(press, bench.reading(1, 20));
    var again = new Outcome.Duplicate(first.partition(), first.offset());
    assertThat(bench.one(press, bench.reading(1, 20))).isEqualTo(again);
    assertThat(bench.one(bench.session("press"), bench.reading(1, 20))).isEqualTo(again);
    assertThat(bench.one(bench.session("press"), bench.resent(1, 20))).isEqualTo(again);
    assertThat(bench.log.stored()).hasSize(2);
  }

  @Test
  void a_reading_sent_again_after_a_day_is_known_although_its_time_has_passed() {
    var old = bench.reading(1, 20);
    var _ = bench.one(press, old);
    bench.now = Bench.NOW.plusSeconds(86_400);
    assertThat(bench.one(press, old)).isInstanceOf(Outcome.Duplicate.class);
    assertThat(bench.one(press, Bench.later(bench.reading(2, 20), 3_600)))
        .isEqualTo(new Outcome.Refused(RefusalReason.SENT_OUTSIDE_WINDOW));
  }

  // Firm ground 6: agents renew sent when a reading had to wait.
  @Test
  void a_reading_that_was_stamped_again_is_the_same_one() {
    var first = (Outcome.Admitted) bench.one(press, bench.reading(1, 20));
    assertThat(bench.one(press, Bench.later(bench.reading(1, 20), 60)))
        .isEqualTo(new Outcome.Duplicate(first.partition(), first.offset()));
  }

  @Test
  void more_unmarked_repeats_than_can_be_unanswered_are_an_incident() {
    var unmarked = bench.reading(1, 20);
    var marked = bench.resent(1, 20);
    var _ = bench.one(press, unmarked);
    for (int i = 0; i < DeviceSession.REPEATS_MAX; i++) {
      assertThat(bench.submit(press, unmarked, marked))
          .allMatch(Outcome.Duplicate.class::isInstance);
      bench.now = bench.now.plusSeconds(1);
    }
    assertThat(bench.counted).doesNotContainKey("incidents incident.replay");
    assertThat(bench.one(press, marked)).isInstanceOf(Outcome.Duplicate.class);
    assertThat(bench.one(press, unmarked)).isInstanceOf(Outcome.Duplicate.class);
    assertThat(bench.counted).containsEntry("incidents incident.replay", 1L);
    assertThat(bench.log.stored()).hasSize(2);
  }

  @Test
  void a_repetition_while_unacknowledged_in_this_session_waits_for_the_one_answer() {
    bench.log.stall = true;
    var outcomes = new ArrayList<Outcome>();
    bench.admission.submit(press, bench.reading(1, 20), outcomes::add);
    bench.admission.submit(press, bench.reading(1, 20), outcomes::add);
    bench.admission.flush();
    bench.turn();
    assertThat(outcomes).isEmpty();
    bench.log.release();
    bench.turn();
    int partition = press.context().partition();
    assertThat(outcomes)
        .containsExactly(new Outcome.Admitted(partition, 1), new Outcome.Duplicate(partition, 1));
  }

  @Test
  void a_resend_from_a_new_session_joins_the_record_still_in_flight() {
    bench.log.stall = true;
    var outcomes = new ArrayList<Outcome>();
    bench.admission.submit(press, bench.reading(1, 20), outcomes::add);
    bench.admission.submit(bench.session("press"), bench.resent(1, 20), outcomes::add);
    bench.admission.submit(bench.session("press"), bench.reading(1, 20), outcomes::add);
    assertThat(outcomes).isEmpty();
    bench.admission.flush();
    bench.log.release();
    bench.turn();
    assertThat(outcomes).hasSize(3);
    assertThat(bench.log.stored()).hasSize(2);
  }

  @Test
  void another_payload_under_a_used_number_is_a_fork_and_an_incident() {
    var _ = bench.one(press, bench.reading(1, 20));
    assertThat(bench.one(press, bench.resent(1, 21)))
        .isEqualTo(new Outcome.Refused(RefusalReason.FORK));
    bench.incidents.close();
    assertThat(bench.events).hasSize(1);
    var event = bench.events.getFirst();
    assertThat(event.type()).isEqualTo("incident.fork");
    assertThat(event.subject()).isEqualTo("spiffe://telltale.local/default/device/press-1");
    assertThat(event.details()).containsEntry("sequence", "1").doesNotContainKey("payload");
  }

  @Test
  void a_fork_that_is_sent_again_and_again_is_one_incident_and_another_fork_is_another() {
    var _ = bench.one(press, bench.reading(1, 20));
    var fork = bench.resent(1, 21);
    for (int i = 0; i < 3; i++) {
      assertThat(bench.one(press, fork)).isEqualTo(new Outcome.Refused(RefusalReason.FORK));
      assertThat(bench.one(bench.session("press"), fork))
          .isEqualTo(new Outcome.Refused(RefusalReason.FORK));
      bench.now = bench.now.plusSeconds(11);
    }
    assertThat(bench.one(press, bench.resent(1, 22)))
        .isEqualTo(new Outcome.Refused(RefusalReason.FORK));
    bench.incidents.close();
    assertThat(bench.events).extracting(Event::type).containsOnly("incident.fork").hasSize(2);
    assertThat(bench.counted).containsEntry("incidents incident.fork", 7L);
  }

  @Test
  void a_flood_of_forks_makes_one_event() {
    var _ = bench.one(press, bench.reading(1, 20));
    for (int i = 0; i < 20; i++) {
      var _ = bench.one(press, bench.resent(1, 30 + i));
    }
    bench.incidents.close();
    assertThat(bench.events).hasSize(1);
    assertThat(bench.counted).containsEntry("incidents incident.fork", 20L);
  }

  @Test
  void numbers_may_skip_and_be_filled_in_later_at_any_distance() {
    assertThat(bench.one(press, bench.reading(100, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, bench.reading(50, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, bench.reading(9_000, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, bench.reading(99, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, bench.resent(100, 1))).isInstanceOf(Outcome.Duplicate.class);
    assertThat(bench.sealer.marks)
        .containsExactly(
            SequenceMark.FIRST, SequenceMark.LATE, SequenceMark.NONE, SequenceMark.LATE);
    assertThat(bench.counted)
        .containsEntry("admission.marked first", 1L)
        .containsEntry("admission.marked late", 2L);
  }

  @Test
  void a_far_jump_is_marked_and_one_beyond_any_devices_life_is_refused() {
    var _ = bench.one(press, bench.reading(1, 1));
    assertThat(bench.one(press, bench.reading(2 + (1L << 40), 1)))
        .isEqualTo(new Outcome.Refused(RefusalReason.SEQUENCE_JUMP));
    assertThat(bench.one(press, bench.reading(1L << 40, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, bench.reading(2, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.sealer.marks)
        .containsExactly(SequenceMark.FIRST, SequenceMark.JUMP, SequenceMark.LATE);
  }

  @Test
  void a_number_whose_reading_is_forgotten_is_refused() {
    for (int sequence = 0; sequence <= 128; sequence++) {
      assertThat(bench.one(press, bench.reading(sequence, 1))).isInstanceOf(Outcome.Admitted.class);
      bench.now = bench.now.plusSeconds(1);
    }
    assertThat(bench.one(press, bench.reading(0, 1)))
        .isEqualTo(new Outcome.Refused(RefusalReason.REPLAYED));
  }

  // Firm ground 6 and 25: a replaced board begins at zero, and nobody calls it a clone.
  @Test
  void a_fresh_enrolment_begins_anew_and_knows_what_the_last_one_sent() {
    var sent = (Outcome.Admitted) bench.one(press, bench.reading(0, 20));
    var _ = bench.one(press, bench.reading(1L << 40, 21));
    DeviceSession board = bench.session(Bench.enrolled("press-1", 2));
    assertThat(bench.one(board, bench.reading(0, 20)))
        .isEqualTo(new Outcome.Duplicate(sent.partition(), sent.offset()));
    assertThat(bench.one(board, bench.reading(0, 30))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(board, bench.reading(1, 31))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(board, bench.reading(1, 32)))
        .isEqualTo(new Outcome.Refused(RefusalReason.FORK));
    // The one before the last is forgotten.
    DeviceSession next = bench.session(Bench.enrolled("press-1", 3));
    assertThat(bench.one(next, bench.reading(0, 20))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.sealer.enrolments).containsExactly(1, 1, 2, 2, 3);
  }

  private static boolean refusedFor(Outcome outcome, RefusalReason why) {
    return outcome instanceof Outcome.Refused refused && refused.why() == why;
  }

  // Firm ground 1: whichever way the number comes.
  @Test
  void a_number_of_2_53_or_more_is_malformed() {
    for (String number : List.of("9007199254740992", "9223372036854775807", "-1")) {
      String json = bench.payload(0, 1).asUtf8().replace("\"seq\":0", "\"seq\":" + number);
      assertThat(bench.one(press, bench.raw(json)))
          .matches(outcome -> refusedFor(outcome, RefusalReason.METADATA_MALFORMED));
      String bare = bench.payload(0, 1).asUtf8().replace("\"seq\":0,", "");
      var beside =
          new Submission(
              TOPIC,
              Bytes.utf8(bare),
              false,
              1,
              OptionalLong.of(Long.parseLong(number)),
              OptionalLong.empty(),
              99);
      assertThat(bench.one(press, beside))
          .matches(outcome -> refusedFor(outcome, RefusalReason.METADATA_MALFORMED));
    }
    assertThat(bench.one(press, bench.reading(MAX, 1))).isInstanceOf(Outcome.Admitted.class);
  }

  @Test
  void windows_of_silent_devices_go_when_there_are_too_many() {
    var few = new ReplayWindows(bench.windows.readingHash(), 16);
    for (int device = 1; device <= 1_000; device++) {
      var window = few.of(device, 1);
      var record = new InFlight(press, bench.reading(0, 0), 0, outcome -> {});
      assertThat(window.claim(0, device, record)).isInstanceOf(ReplayWindow.Seen.Fresh.class);
      window.commit(record, device);
    }
    assertThat(few.kept()).isLessThanOrEqualTo(32);
  }

  @Test
  void a_failed_append_frees_the_number_and_drops_the_leases() {
    bench.log.fail = true;
    assertThat(bench.one(press, bench.reading(1, 20))).isInstanceOf(Outcome.Unavailable.class);
    assertThat(bench.sealer.retired).isEqualTo(1);
    bench.log.fail = false;
    assertThat(bench.one(press, bench.reading(1, 20))).isInstanceOf(Outcome.Admitted.class);
  }

  // A later batch of the same leases would stand behind a gap in the counters: the pipeline would
  // reject what we had acknowledged.
  @Test
  void a_failed_append_takes_every_later_one_of_the_same_leases_with_it() {
    bench.log.stall = true;
    var outcomes = new ArrayList<Outcome>();
    bench.log.fail = true;
    bench.admission.submit(press, bench.reading(1, 20), outcomes::add);
    bench.admission.flush();
    bench.log.fail = false;
    bench.admission.submit(press, bench.reading(2, 20), outcomes::add);
    bench.admission.flush();
    bench.admission.submit(press, bench.reading(3, 20), outcomes::add);
    bench.log.release();
    bench.turn();
    assertThat(outcomes).hasSize(3).allMatch(Outcome.Unavailable.class::isInstance);
    assertThat(bench.admission.inFlightBytes()).isZero();
    assertThat(bench.one(press, bench.resent(2, 20))).isInstanceOf(Outcome.Admitted.class);
  }

  @Test
  void a_loaded_window_knows_what_was_used_before_the_restart() {
    ReadingHash hash = bench.windows.readingHash();
    long reading = hash.of(hash.label("telemetry"), bench.payload(40, 20));
    bench.windows.load(5, 1, 40, reading, 17);
    int partition = press.context().partition();
    assertThat(bench.one(press, bench.resent(40, 20)))
        .isEqualTo(new Outcome.Duplicate(partition, 17));
    assertThat(bench.one(press, bench.reading(40, 20)))
        .isEqualTo(new Outcome.Duplicate(partition, 17));
    assertThat(bench.one(press, bench.reading(40, 21)))
        .isEqualTo(new Outcome.Refused(RefusalReason.FORK));
  }

  @Test
  void session_only_devices_are_told_apart_by_packet_within_the_session() {
    DeviceSession beacon = bench.session("beacon");
    bench.log.stall = true;
    var outcomes = new ArrayList<Outcome>();
    bench.admission.submit(beacon, bench.reading(1, 20), outcomes::add);
    bench.admission.submit(beacon, bench.resent(1, 20), outcomes::add);
    bench.admission.flush();
    bench.log.release();
    bench.turn();
    assertThat(outcomes).hasSize(2);
    assertThat(bench.log.stored()).hasSize(2);
    // After the answer the packet number is free again.
    assertThat(bench.one(beacon, bench.reading(1, 20))).isInstanceOf(Outcome.Admitted.class);
  }

  @Test
  void backpressure_starts_at_the_bound_refuses_at_twice_and_ends_at_half() {
    var limits = AdmissionLimits.standard();
    var small = new Bench(new AdmissionLimits(limits.sentWindow(), 1_000, limits.tenant()));
    DeviceSession device = small.session("press");
    small.log.stall = true;
    List<Outcome> outcomes = new ArrayList<>();
    int sent = 0;
    while (!small.admission.congested()) {
      small.admission.submit(device, small.reading(++sent, 1), outcomes::add);
    }
    assertThat(outcomes).isEmpty();
    while (outcomes.isEmpty()) {
      small.admission.submit(device, small.reading(++sent, 1), outcomes::add);
    }
    assertThat(outcomes.getFirst()).isInstanceOf(Outcome.Unavailable.class);
    assertThat(small.admission.inFlightBytes()).isLessThan(2_500);
    small.admission.flush();
    small.log.release();
    small.turn();
    assertThat(small.reliefs).isEqualTo(1);
    assertThat(small.admission.congested()).isFalse();
    assertThat(small.admission.inFlightBytes()).isZero();
  }
}
