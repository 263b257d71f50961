package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.Grant;
import io.telltale.leases.Operation;
import io.telltale.leases.RecordOpener;
import io.telltale.leases.RecordSealer;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.letters.LetterSeal;
import io.telltale.record.Origin;
import io.telltale.record.OriginCodec;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyChange;
import io.telltale.registry.PolicyDocument;
import io.telltale.roster.Identity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 27: acknowledged, and not gone. */
@Timeout(120)
class DeadLettersTest {
  private static final Path FACTORY =
      Path.of("../roster/src/main/resources/io/telltale/roster/factory-policy.json");
  private static final SpiffeId ANALYST =
      new SpiffeId(Plant.DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "ann");

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;
  private DeadLetters letters;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
    letters = new DeadLetters(plant.database, plant.keys::fileKeys);
  }

  private static WantedLetters all() {
    return new WantedLetters(TenantId.DEFAULT, OptionalInt.empty(), "", OptionalLong.empty());
  }

  private List<StoredLetter> list() {
    return letters.list(all(), Long.MAX_VALUE, 100);
  }

  /** Too hot for the policy, then something that goes through. */
  private void publishHot() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 300);
      plant.publish(sealer, 0, press, 2, 20);
    }
    plant.pump();
  }

  /** The factory's policy with room for it. */
  private void widen() throws IOException {
    String factory = Files.readString(FACTORY, StandardCharsets.UTF_8);
    String wider = factory.replace("\"max\": 250", "\"max\": 400");
    assertThat(wider).isNotEqualTo(factory);
    var next = new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(wider), OptionalLong.empty());
    assertThat(plant.registry.putPolicy(next, new Act("system", "test")))
        .isInstanceOf(PolicyChange.InForce.class);
  }

  @Test
  void a_letter_is_listed_with_device_place_and_reason_page_by_page() {
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 1; i <= 5; i++) {
        plant.publish(sealer, 0, press, i, 300 + i);
      }
    }
    plant.append(List.of(new RecordLog.Entry(1, Bytes.utf8("injected"))));
    plant.pump();
    List<StoredLetter> found = list();
    assertThat(found).hasSize(6);
    assertThat(found.getLast().device()).hasValue(press.number());
    assertThat(found.getLast().partition()).isZero();
    assertThat(found.getLast().offset()).isEqualTo(1);
    assertThat(found.getLast().replayable()).isTrue();
    assertThat(found.getFirst().reason()).isEqualTo("not-an-entry");
    assertThat(found.getFirst().replayable()).isFalse();
    List<StoredLetter> page = letters.list(all(), found.get(2).number(), 2);
    assertThat(page).isEqualTo(found.subList(3, 5));
    var ofDevice =
        new WantedLetters(
            TenantId.DEFAULT, OptionalInt.of(press.number()), "", OptionalLong.empty());
    assertThat(letters.count(ofDevice)).isEqualTo(5);
    assertThat(letters.at(TenantId.DEFAULT, 0, 3)).contains(found.get(3));
    var others =
        new WantedLetters(new TenantId("other"), OptionalInt.empty(), "", OptionalLong.empty());
    assertThat(letters.list(others, Long.MAX_VALUE, 10)).isEmpty();
  }

  @Test
  void it_opens_for_the_granted_only_long_after_its_lease_and_never_once_its_key_is_gone() {
    publishHot();
    long number = list().getFirst().number();
    assertThat(letters.show(ANALYST, number))
        .isInstanceOfSatisfying(
            DeadLetters.Shown.Closed.class,
            closed -> assertThat(closed.why()).isEqualTo("not-granted"));
    plant.keys.grant(Grant.all(ANALYST, Operation.OPEN), Plant.KEY_ACT);
    plant.turn(Duration.ofDays(40));
    assertThat(letters.show(ANALYST, number))
        .isInstanceOfSatisfying(
            DeadLetters.Shown.Whole.class,
            shown -> {
              assertThat(shown.payload()).isEqualTo(payloadOf(1, 300));
              assertThat(shown.origin().device().name()).isEqualTo("press-1");
            });
    plant.keys.destroy(plant.origin(press, 1).scope(), Plant.KEY_ACT, Duration.ZERO);
    assertThat(letters.show(ANALYST, number))
        .isInstanceOfSatisfying(
            DeadLetters.Shown.Closed.class,
            closed -> assertThat(closed.why()).isEqualTo("no-such-key"));
    assertThat(letters.show(ANALYST, 999)).isInstanceOf(DeadLetters.Shown.Unknown.class);
  }

  private DeadLetters.Again again() {
    return letters.again(all(), DeadLettersTest::asked);
  }

  private static Event asked(int count) {
    return Event.of(
        "record.replay-asked",
        Plant.NOON,
        TenantId.DEFAULT,
        ANALYST.uri(),
        "pipeline",
        Map.of("count", Integer.toString(count)));
  }

  private static Bytes payloadOf(long sequence, double value) {
    return Plant.payload(sequence, Plant.NOON, "{\"temperature\":" + value + "}", "{}");
  }

  @Test
  void after_the_policy_is_mended_it_is_stored_once_and_is_in_a_batch() throws IOException {
    publishHot();
    assertThat(plant.lake.rows()).extracting(TableLake.Row::value).containsExactly(20.0);
    assertThat(again()).isEqualTo(new DeadLetters.Again.Sent(1));
    plant.pump();
    assertThat(list()).extracting(StoredLetter::again).containsExactly(false);
    widen();
    assertThat(again()).isEqualTo(new DeadLetters.Again.Sent(1));
    plant.pump();
    plant.pump();
    assertThat(list()).isEmpty();
    assertThat(plant.lake.rows()).extracting(TableLake.Row::value).containsExactly(300.0, 20.0);
    List<Event> replayed = plant.events("record.replayed");
    assertThat(replayed)
        .extracting(event -> event.details().getOrDefault("outcome", ""))
        .containsExactly("value-out-of-range", "stored");
    assertThat(replayed.getLast().subject()).isEqualTo("record/0:1");
    assertThat(replayed.getLast().details()).containsEntry("device", press.id().uri());
    Map<String, String> batch = plant.events("batch.stored").getLast().details();
    assertThat(batch)
        .containsEntry("late", "true")
        .containsEntry("count", "1")
        .containsEntry("offsets", "0:1-1");
    assertThat(plant.lake.minutes("temperature"))
        .extracting(TableLake.Minute::offsets)
        .containsExactly("0:2-2", "0:1-1");
  }

  @Test
  void a_fork_that_is_taken_again_is_still_one_and_no_other_incident() {
    try (RecordSealer sealer = plant.sealer()) {
      plant.publish(sealer, 0, press, 1, 20);
      plant.publish(sealer, 0, press, 1, 21);
    }
    plant.pump();
    for (int i = 0; i < 2; i++) {
      assertThat(again()).isEqualTo(new DeadLetters.Again.Sent(1));
      plant.pump();
      assertThat(list()).extracting(StoredLetter::reason).containsExactly("fork");
    }
    assertThat(plant.events("record.replayed")).hasSize(2);
    assertThat(plant.events("incident.fork")).hasSize(1);
  }

  @Test
  void who_asked_is_told_with_what_goes_and_of_nothing_that_did_not_go() throws IOException {
    publishHot();
    assertThatThrownBy(
            () ->
                letters.again(
                    all(),
                    count -> {
                      throw new UnavailableException("no event of " + count);
                    }))
        .isInstanceOf(UnavailableException.class);
    assertThat(list()).extracting(StoredLetter::again).containsExactly(false);
    assertThat(plant.events("record.replay-asked")).isEmpty();
    assertThat(again()).isEqualTo(new DeadLetters.Again.Sent(1));
    assertThat(list()).extracting(StoredLetter::again).containsExactly(true);
    assertThat(plant.events("record.replay-asked"))
        .singleElement()
        .satisfies(event -> assertThat(event.details()).containsEntry("count", "1"));
  }

  @Test
  void where_none_goes_nothing_is_told_and_it_is_said_why() {
    plant.append(List.of(new RecordLog.Entry(1, Bytes.utf8("injected"))));
    plant.pump();
    assertThat(again()).isEqualTo(new DeadLetters.Again.NotKept(1));
    var none = new WantedLetters(TenantId.DEFAULT, OptionalInt.empty(), "", OptionalLong.of(999));
    assertThat(letters.again(none, DeadLettersTest::asked)).isEqualTo(new DeadLetters.Again.None());
    publishHot();
    assertThat(again()).isEqualTo(new DeadLetters.Again.Sent(1));
    assertThat(again()).isEqualTo(new DeadLetters.Again.OnTheirWay(1));
    assertThat(plant.events("record.replay-asked")).hasSize(1);
  }

  @Test
  void a_crash_while_it_is_taken_again_neither_loses_nor_doubles_it() throws IOException {
    publishHot();
    widen();
    for (String step : Plant.COMMIT_STEPS) {
      again();
      try {
        plant.pump(
            plant.shared(
                reached -> {
                  if (reached.equals(step)) {
                    throw new UnavailableException("crash");
                  }
                }));
      } catch (UnavailableException e) {
        assertThat(e).hasMessageContaining("crash");
      }
    }
    plant.pump();
    assertThat(list()).isEmpty();
    assertThat(plant.lake.rows()).extracting(TableLake.Row::value).containsExactly(300.0, 20.0);
  }

  @Test
  void a_letter_is_the_same_when_it_is_read_as_it_was_written() {
    Origin origin = plant.origin(press, 5);
    Bytes salt = Bytes.adopt(new byte[32]);
    var record =
        new RecordOpener.Opened.Authentic(
            "aa",
            Plant.DOOR,
            press.credential(),
            7,
            origin,
            OriginCodec.encode(origin),
            Bytes.utf8("{}"),
            salt,
            salt);
    assertThat(LetterSeal.decode(LetterSeal.encode(record))).contains(record);
    assertThat(LetterSeal.decode(Bytes.utf8("nonsense"))).isEmpty();
  }
}
