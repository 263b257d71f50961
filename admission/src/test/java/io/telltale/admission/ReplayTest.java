package io.telltale.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.KeyedHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

// IN-7; the rules of DESIGN section 12, Replay.
class ReplayTest {
  private final Bench bench = new Bench();
  private final DeviceSession press = bench.session("press");

  @Test
  void refuses_a_captured_message_sent_again() {
    var captured = bench.reading(1, 20);
    assertThat(bench.one(press, captured)).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, captured)).isEqualTo(new Outcome.Refused(Why.REPLAYED));
    assertThat(bench.one(bench.session("press"), captured))
        .isEqualTo(new Outcome.Refused(Why.REPLAYED));
  }

  @Test
  void acknowledges_a_retransmission_again_with_the_old_offset_and_stores_it_once() {
    var first = (Outcome.Admitted) bench.one(press, bench.reading(1, 20));
    assertThat(bench.one(bench.session("press"), bench.resent(1, 20)))
        .isEqualTo(new Outcome.Duplicate(first.partition(), first.offset()));
    assertThat(bench.log.stored).hasSize(2);
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
    assertThat(outcomes).containsExactly(new Outcome.Refused(Why.REPLAYED));
    bench.admission.flush();
    bench.log.release();
    bench.turn();
    assertThat(outcomes).hasSize(3);
    assertThat(bench.log.stored).hasSize(2);
  }

  @Test
  void another_payload_under_a_used_number_is_a_fork_and_an_incident() {
    var _ = bench.one(press, bench.reading(1, 20));
    assertThat(bench.one(press, bench.resent(1, 21))).isEqualTo(new Outcome.Refused(Why.FORK));
    bench.incidents.close();
    assertThat(bench.events).hasSize(1);
    var event = bench.events.getFirst();
    assertThat(event.type()).isEqualTo("incident.fork");
    assertThat(event.subject()).isEqualTo("spiffe://telltale.local/default/device/press-1");
    assertThat(event.details()).containsEntry("sequence", "1").doesNotContainKey("payload");
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
  void numbers_may_skip_and_be_filled_in_later_within_the_window() {
    assertThat(bench.one(press, bench.reading(100, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, bench.reading(50, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, bench.reading(227, 1))).isInstanceOf(Outcome.Admitted.class);
    assertThat(bench.one(press, bench.reading(99, 1))).isEqualTo(new Outcome.Refused(Why.REPLAYED));
    assertThat(bench.one(press, bench.resent(100, 1))).isInstanceOf(Outcome.Duplicate.class);
    assertThat(bench.one(press, bench.reading(101, 1))).isInstanceOf(Outcome.Admitted.class);
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
  void a_loaded_window_refuses_what_was_used_before_the_restart() {
    Bytes payload = bench.payload(40, 20);
    bench.windows.load(5, 40, bench.windows.payloadHash().of(payload), 17);
    int partition = press.context().partition();
    assertThat(bench.one(press, bench.resent(40, 20)))
        .isEqualTo(new Outcome.Duplicate(partition, 17));
    assertThat(bench.one(press, bench.reading(40, 20)))
        .isEqualTo(new Outcome.Refused(Why.REPLAYED));
    assertThat(bench.one(press, bench.reading(40, 21))).isEqualTo(new Outcome.Refused(Why.FORK));
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
    assertThat(bench.log.stored).hasSize(2);
    // After the answer the packet number is free again.
    assertThat(bench.one(beacon, bench.reading(1, 20))).isInstanceOf(Outcome.Admitted.class);
  }

  // A model of unlimited memory against the window, over many seeded histories.
  @Test
  void agrees_with_a_model_that_remembers_everything() {
    for (int seed = 0; seed < 200; seed++) {
      var random = new Random(seed);
      var window = new ReplayWindow();
      var model = new TreeMap<Long, Long>();
      var hash = new KeyedHash(new byte[16]);
      for (int step = 0; step < 400; step++) {
        long top = model.isEmpty() ? -1 : model.lastKey();
        long sequence = Math.max(0, top - 140 + random.nextInt(160));
        long payload = hash.of(Bytes.utf8("p" + random.nextInt(2)));
        var record = new InFlight(press, bench.reading(0, 0), sequence, outcome -> {});
        var seen = window.claim(sequence, payload, record);
        assertThat(seen)
            .as("seed %d step %d", seed, step)
            .isInstanceOf(wanted(model, sequence, payload));
        if (seen instanceof ReplayWindow.Seen.Fresh) {
          window.commit(record, sequence * 10);
          model.put(sequence, payload);
        } else if (seen instanceof ReplayWindow.Seen.Stored(long offset)) {
          assertThat(offset).isEqualTo(sequence * 10);
        }
      }
    }
  }

  private static Class<? extends ReplayWindow.Seen> wanted(
      SortedMap<Long, Long> model, long sequence, long payload) {
    if (!model.isEmpty() && sequence <= model.lastKey() - ReplayWindow.SIZE) {
      return ReplayWindow.Seen.Behind.class;
    }
    Long known = model.get(sequence);
    if (known == null) {
      return ReplayWindow.Seen.Fresh.class;
    }
    return known == payload ? ReplayWindow.Seen.Stored.class : ReplayWindow.Seen.OtherPayload.class;
  }

  @Test
  void backpressure_starts_at_the_bound_refuses_at_twice_and_ends_at_half() {
    var limits = AdmissionLimits.standard();
    var small =
        new Bench(
            new AdmissionLimits(limits.sentWindow(), limits.timeAgeMax(), 1_000, limits.tenant()));
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
