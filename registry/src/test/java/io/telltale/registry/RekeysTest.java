package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.TenantId;
import io.telltale.registry.CredentialChange.Reason;
import io.telltale.roster.CredentialRecord;
import io.telltale.roster.Identity;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** LC-6: devices renew with a new key, each in its turn. */
class RekeysTest {
  private static final Duration NOTICE = Duration.ofHours(6);
  private static final Duration OVERLAP = Duration.ofHours(24);

  @TempDir private Path folder;
  @AutoClose private Fixture fixture;

  @BeforeEach
  void open() {
    fixture = new Fixture(folder);
  }

  private Rekeys rekeys() {
    return fixture.registry.rekeys();
  }

  private Rekeys.Outcome begin(long perMinute, Map<String, String> covers) {
    return rekeys()
        .begin(new Rekeys.Wanted(TenantId.DEFAULT, covers, perMinute, NOTICE), Fixture.WHY);
  }

  private Rekey begun(long perMinute, Map<String, String> covers) {
    return ((Rekeys.Outcome.Begun) begin(perMinute, covers)).rekey();
  }

  private Optional<Instant> turn(Identity device) {
    return rekeys().turn(record(device));
  }

  private CredentialRecord record(Identity device) {
    return fixture.registry.credential(device.credential()).orElseThrow();
  }

  private CredentialChange renew(Identity with, NewCredential next) {
    return fixture.registry.renewCredential(with.credential(), next, OVERLAP);
  }

  private void pass(Duration time) {
    fixture.now = fixture.now.plus(time);
  }

  @Test
  void a_device_is_out_of_it_once_it_has_renewed_with_another_key() {
    fixture.add("press-1");
    NewCredential first = fixture.credential("the same key");
    Identity press =
        ((CredentialChange.Done)
                fixture.registry.addCredential(Fixture.spiffe("press-1"), first, Fixture.WHY))
            .identity();
    assertThat(turn(press)).isEmpty();
    pass(Duration.ofHours(1));
    Rekey rekey = begun(10, Map.of());
    assertThat(rekey.total()).isEqualTo(1);
    assertThat(turn(press)).contains(fixture.now);
    assertThat(rekeys().left(rekey)).isEqualTo(1);
    assertThat(renew(press, fixture.credential("the same key")))
        .isEqualTo(new CredentialChange.Refused(Reason.KEY_KNOWN));
    pass(Duration.ofHours(1));
    Identity next = ((CredentialChange.Done) renew(press, fixture.credential())).identity();
    assertThat(turn(next)).isEmpty();
    assertThat(rekeys().left(rekey)).isZero();
    fixture.reopen();
    assertThat(rekeys().list(TenantId.DEFAULT, 10)).containsExactly(rekey);
    assertThat(fixture.events()).contains("rekey.begun");
  }

  @Test
  void turns_are_spread_evenly_and_begin_when_all_have_heard() {
    IntStream.range(0, 30).forEach(i -> fixture.enrolled("press-" + i));
    pass(Duration.ofMinutes(1));
    Rekey rekey = begun(2, Map.of());
    assertThat(rekey.begins()).isEqualTo(fixture.now.plus(NOTICE));
    assertThat(rekey.ends()).isEqualTo(rekey.begins().plus(Duration.ofMinutes(15)));
    int[] minutes = new int[15];
    for (int i = 0; i < 30_000; i++) {
      Instant turn = rekey.turn(new Fingerprint(Hash.sha256(Bytes.utf8("certificate " + i))));
      minutes[(int) Duration.between(rekey.begins(), turn).toMinutes()]++;
    }
    assertThat(IntStream.of(minutes).boxed()).allMatch(count -> count > 1_700 && count < 2_300);
  }

  @ParameterizedTest
  @CsvSource({
    "id, press-1, true",
    "id, press-2, false",
    "type, press, true",
    "type, pump, false",
    "region, eu, true",
    "environment, prod, true",
    "productLine, line-a, true",
    "ownerTeam, team, true",
    "site, hall 1, true",
    "labels.line, 7, true",
    "labels.line, 8, false",
    "labels.other, 7, false",
    "firmware, unknown, true",
    "firmware, 2.0.0, false"
  })
  void what_the_count_says_and_what_each_device_is_told_agree(
      String name, String value, boolean isCovered) {
    Identity press = fixture.enrolled("press-1");
    pass(Duration.ofMinutes(1));
    if (isCovered) {
      assertThat(begun(10, Map.of(name, value)).total()).isEqualTo(1);
    } else {
      assertThat(begin(10, Map.of(name, value))).isEqualTo(new Rekeys.Outcome.Nobody());
      // Whatever the count said: one that is not covered is told nothing.
      Rekey all = begun(10, Map.of());
      var narrow =
          new Rekey(
              9,
              all.tenant(),
              Map.of(name, value),
              1,
              all.made(),
              all.begins(),
              all.ends(),
              all.actor(),
              all.reason(),
              Optional.empty());
      var owner = fixture.registry.find(Fixture.device("press-1")).orElseThrow();
      assertThat(narrow.isAbout(owner, record(press))).isFalse();
      assertThat(all.isAbout(owner, record(press))).isTrue();
    }
    assertThat(turn(press)).isPresent();
  }

  @Test
  void one_that_was_stopped_tells_nobody_anything() {
    Identity press = fixture.enrolled("press-1");
    pass(Duration.ofMinutes(1));
    Rekey rekey = begun(10, Map.of());
    assertThat(rekeys().stop(new TenantId("other"), rekey.number(), Fixture.WHY)).isEmpty();
    assertThat(turn(press)).isPresent();
    Rekey stopped = rekeys().stop(TenantId.DEFAULT, rekey.number(), Fixture.WHY).orElseThrow();
    assertThat(stopped.stopped()).contains(fixture.now);
    pass(Duration.ofMinutes(1));
    assertThat(rekeys().stop(TenantId.DEFAULT, rekey.number(), Fixture.WHY)).contains(stopped);
    assertThat(turn(press)).isEmpty();
    assertThat(rekeys().left(stopped)).isZero();
    assertThat(fixture.events().stream().filter("rekey.stopped"::equals)).hasSize(1);
    assertThat(rekeys().find(new TenantId("other"), rekey.number())).isEmpty();
    assertThat(rekeys().find(TenantId.DEFAULT, 77)).isEmpty();
  }

  @Test
  void more_than_a_renewal_can_look_at_are_refused() {
    fixture.enrolled("press-1");
    pass(Duration.ofMinutes(1));
    for (int i = 0; i < Rekeys.OPEN_MAX; i++) {
      begun(10, Map.of());
    }
    assertThat(begin(10, Map.of())).isEqualTo(new Rekeys.Outcome.TooMany());
    rekeys().stop(TenantId.DEFAULT, 1, Fixture.WHY);
    begun(10, Map.of());
  }
}
