package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.admission.Admission;
import io.telltale.admission.AdmissionLimits;
import io.telltale.admission.AdmissionParts;
import io.telltale.admission.DeviceContexts;
import io.telltale.admission.DeviceSession;
import io.telltale.admission.Incidents;
import io.telltale.admission.Outcome;
import io.telltale.admission.RefusalReason;
import io.telltale.admission.ReplayWindows;
import io.telltale.admission.Submission;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.KeyedHash;
import io.telltale.record.ReadingHash;
import io.telltale.registry.Act;
import io.telltale.registry.CredentialChange;
import io.telltale.registry.NewCredential;
import io.telltale.roster.Identity;
import io.telltale.roster.Protection;
import io.telltale.testkit.Cases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * ADR-0120: what becomes of sequence numbers under renewal, re-enrolment, change of door, readings
 * sent again with a new {@code sent}, and crashes of doors and of the pipeline, in random order:
 * door, log and pipeline beside a model of a few lines.
 */
@Timeout(300)
class SequenceModelTest {
  private static final int CASES = 12;
  private static final int STEPS = 60;
  private static final String TOPIC = "t/default/d/press-1/telemetry";

  @TempDir Path folder;

  /** What a device measured: the value names it. */
  private record Reading(int enrolment, long sequence, double value, Instant time) {}

  /** What the model holds of one door: the numbers of the enrolment it knows, and of the last. */
  private static final class DoorModel {
    private int enrolment;
    private Map<Long, Reading> used = new HashMap<>();
    private Map<Long, Reading> before = new HashMap<>();

    void meets(int current) {
      if (enrolment != current) {
        before = used;
        used = new HashMap<>();
        enrolment = current;
      }
    }

    Class<? extends Outcome> expects(Reading reading) {
      Reading same = used.get(reading.sequence());
      if (same != null) {
        return same.value() == reading.value() ? Outcome.Duplicate.class : Outcome.Refused.class;
      }
      Reading old = before.get(reading.sequence());
      return old != null && old.value() == reading.value()
          ? Outcome.Duplicate.class
          : Outcome.Admitted.class;
    }
  }

  /** What must be in the tables in the end, by what the log holds. */
  private static final class Truth {
    private final Map<Integer, Map<Long, Reading>> stored = new HashMap<>();
    private final TreeSet<Double> forks = new TreeSet<>();
    private int forked;

    void logged(int enrolment, Reading reading) {
      Reading own = of(enrolment).get(reading.sequence());
      Reading old = of(enrolment - 1).get(reading.sequence());
      if (own == null && (old == null || old.value() != reading.value())) {
        of(enrolment).put(reading.sequence(), reading);
      } else if (own != null && own.value() != reading.value()) {
        forks.add(reading.value());
        forked++;
      }
    }

    private Map<Long, Reading> of(int enrolment) {
      return stored.computeIfAbsent(enrolment, ignored -> new HashMap<>());
    }

    List<Double> values() {
      return stored.values().stream()
          .flatMap(all -> all.values().stream())
          .map(Reading::value)
          .sorted()
          .toList();
    }
  }

  private static final class Door {
    private final LinkedBlockingQueue<Runnable> loop = new LinkedBlockingQueue<>();
    private final DeviceContexts contexts;
    private final Admission admission;
    private final DoorModel model = new DoorModel();

    Door(Plant plant, Incidents incidents) {
      var windows = new ReplayWindows(new ReadingHash(new KeyedHash(new byte[16])));
      contexts =
          new DeviceContexts(
              plant.registry.policies()::inForce, windows, () -> plant.clock.millis() * 1_000_000);
      admission =
          new Admission(
              new AdmissionParts(
                  AdmissionLimits.standard(),
                  plant.log,
                  incidents,
                  Counters.none(),
                  plant.clock,
                  () -> plant.clock.millis() * 1_000_000,
                  plant.registry.view()::position,
                  windows,
                  Plant.DOOR.uri()),
              plant.sealer(),
              loop::add);
    }

    Outcome takes(Identity identity, Submission submission) throws InterruptedException {
      var outcomes = new ArrayList<Outcome>();
      var session = new DeviceSession(contexts.of(identity).orElseThrow(), "mqtt5:8883");
      admission.submit(session, submission, outcomes::add);
      admission.flush();
      while (outcomes.isEmpty()) {
        Runnable next = loop.poll(30, TimeUnit.SECONDS);
        if (next == null) {
          throw new AssertionError("no answer");
        }
        next.run();
      }
      return outcomes.getFirst();
    }
  }

  private static final class World implements AutoCloseable {
    private final RandomGenerator random;
    private final Plant plant;
    private final Incidents incidents;
    private final Door[] doors = new Door[2];
    private final Truth truth = new Truth();
    private final List<Reading> measured = new ArrayList<>();
    private final List<Integer> acknowledged = new ArrayList<>();
    private Identity identity;
    private int door;
    private long next = 1;
    private int names;

    World(RandomGenerator random, Path place) {
      this.random = random;
      plant = new Plant(place);
      incidents = new Incidents(event -> {}, plant.clock, Counters.none());
      identity = plant.device("press-1", "prod");
      doors[0] = new Door(plant, incidents);
      doors[1] = new Door(plant, incidents);
    }

    void step() throws InterruptedException {
      plant.turn(Duration.ofSeconds(1));
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3, 4 -> send(fresh(sequence()));
        case 5, 6, 7, 8 -> again();
        case 9 -> fork();
        case 10 -> renew();
        case 11 -> enrollAnew();
        case 12 -> door = 1 - door;
        // What it knew of numbers is gone, and so is its lease.
        case 13 -> doors[door] = new Door(plant, incidents);
        case 14 -> plant.pump();
        default -> crashPipeline();
      }
    }

    private long sequence() {
      long one =
          switch (random.nextInt(6)) {
            case 0 -> random.nextLong(1, next + 1);
            case 1 -> next + random.nextInt(1, 10);
            case 2 -> next + (1L << random.nextInt(1, 30));
            default -> next;
          };
      next = Math.max(next, one + 1);
      return one;
    }

    private Reading fresh(long sequence) {
      var reading =
          new Reading(
              identity.enrolment(), sequence, (measured.size() + 1) / 8.0, plant.clock.instant());
      measured.add(reading);
      return reading;
    }

    private void again() throws InterruptedException {
      if (!measured.isEmpty()) {
        // Of an earlier enrolment, too: a device keeps what was not acknowledged.
        send(measured.get(random.nextInt(measured.size())));
      }
    }

    private void fork() throws InterruptedException {
      if (!measured.isEmpty()) {
        send(fresh(measured.get(random.nextInt(measured.size())).sequence()));
      }
    }

    /** Says it with a {@code sent} of now, as agents do, marked as a resend or not. */
    private void send(Reading reading) throws InterruptedException {
      Bytes payload =
          Bytes.utf8(
              "{\"seq\":%d,\"sent\":%d,\"time\":%d,\"values\":{\"temperature\":%s}}"
                  .formatted(
                      reading.sequence(),
                      plant.clock.millis(),
                      reading.time().toEpochMilli(),
                      reading.value()));
      Door here = doors[door];
      here.model.meets(identity.enrolment());
      Class<? extends Outcome> expected = here.model.expects(reading);
      Outcome outcome =
          here.takes(identity, Submission.of(TOPIC, payload, random.nextBoolean(), 1));
      assertThat(outcome).as("%s at door %d", reading, door).isInstanceOf(expected);
      switch (outcome) {
        case Outcome.Admitted _ -> {
          here.model.used.put(reading.sequence(), reading);
          truth.logged(identity.enrolment(), reading);
          acknowledged.add(measured.indexOf(reading));
        }
        case Outcome.Duplicate _ -> acknowledged.add(measured.indexOf(reading));
        case Outcome.Refused no -> assertThat(no.why()).isEqualTo(RefusalReason.FORK);
        case Outcome.Throttled _, Outcome.Unavailable _ -> throw new AssertionError(outcome);
      }
    }

    private NewCredential credential() {
      names++;
      return new NewCredential(
          Bytes.utf8("certificate " + names + " of the model"),
          Fingerprint.ofDer(new byte[] {1}),
          Integer.toHexString(1_000 + names),
          plant.clock.instant().minusSeconds(60),
          plant.clock.instant().plus(Duration.ofDays(30)),
          Hash.sha256(Bytes.utf8("model key " + names)),
          Protection.SOFTWARE);
    }

    private void renew() {
      plant.registry.used(identity);
      identity =
          done(
              plant.registry.renewCredential(
                  identity.credential(), credential(), Duration.ofHours(24)));
    }

    private void enrollAnew() {
      identity =
          done(
              plant.registry.addCredential(
                  identity.id(), credential(), new Act("test", "another board")));
      next = random.nextBoolean() ? 1 : random.nextLong(1, 1L << 38);
    }

    private static Identity done(CredentialChange change) {
      return ((CredentialChange.Done) change).identity();
    }

    private void crashPipeline() {
      String where = Plant.COMMIT_STEPS.get(random.nextInt(Plant.COMMIT_STEPS.size()));
      try {
        plant.pump(
            plant.shared(
                step -> {
                  if (step.equals(where)) {
                    throw new IllegalStateException("injected " + where);
                  }
                }));
      } catch (RuntimeException e) {
        // The next one begins where the last transaction ended.
      }
    }

    void ends() {
      plant.pump();
      List<Double> values = plant.lake.rows().stream().map(TableLake.Row::value).sorted().toList();
      assertThat(values).as("each reading once").isEqualTo(truth.values());
      assertThat(plant.deadLetters()).hasSize(truth.forked).allMatch("fork"::equals);
      for (int index : acknowledged) {
        double value = measured.get(index).value();
        assertThat(values.contains(value) || truth.forks.contains(value))
            .as("what was acknowledged is stored, or said to be a fork: %s", measured.get(index))
            .isTrue();
      }
    }

    @Override
    public void close() {
      incidents.close();
      plant.close();
    }
  }

  @Test
  void every_order_of_renewals_enrolments_doors_resends_and_crashes_ends_as_the_model_says() {
    Cases.check(
        CASES,
        random -> {
          try (var world = new World(random, place())) {
            for (int step = 0; step < STEPS; step++) {
              world.step();
            }
            world.ends();
          }
        });
  }

  private Path place() throws IOException {
    return Files.createTempDirectory(folder, "world");
  }
}
