package io.telltale.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.FileKeys;
import io.telltale.leases.KeyService;
import io.telltale.leases.KeyState;
import io.telltale.leases.Operation;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.StateSeal;
import io.telltale.leases.Tape;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullMarked
class KeyAuthorityTest {
  private static final LocalDate TODAY = LocalDate.ofInstant(House.NOON, ZoneOffset.UTC);

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void open() {
    house = new House(folder);
  }

  @AfterEach
  void close() {
    house.close();
  }

  private KeyService.EpochKey epoch(LocalDate day) {
    return house.authority.epochPublic(House.SCOPE, day, House.DOOR);
  }

  private FileKeys.Wanted wanted(String fileId) {
    return new FileKeys.Wanted(House.SCOPE, TODAY, fileId);
  }

  private static SecretBytes key(FileKeys.Access access) {
    assertThat(access).isInstanceOf(FileKeys.Access.Granted.class);
    return ((FileKeys.Access.Granted) access).key();
  }

  @Test
  void public_halves_are_the_same_after_a_restart_and_differ_by_day() {
    KeyService.EpochKey today = epoch(TODAY);
    assertThat(today).isInstanceOf(KeyService.EpochKey.Public.class);
    assertThat(epoch(TODAY)).isEqualTo(today);
    assertThat(epoch(TODAY.plusDays(1))).isNotEqualTo(today);
    house.restart();
    assertThat(epoch(TODAY)).isEqualTo(today);
  }

  // Each event loop asks by itself: the second would have found no key for a scope that is in use.
  @Test
  void what_was_made_is_given_to_sealers_while_the_store_is_away_and_only_while_the_key_is_good() {
    KeyService.EpochKey today = epoch(TODAY);
    house.authority.close();
    assertThat(epoch(TODAY)).isEqualTo(today);
    assertThat(epoch(TODAY.plusDays(EpochKeys.DAYS_AT_ONCE - 1)))
        .isInstanceOf(KeyService.EpochKey.Public.class);
    house.restart();
    house.authority.disable(House.SCOPE, House.act("inquiry"));
    assertThat(epoch(TODAY)).isEqualTo(new KeyService.EpochKey.Unavailable("scope-key-disabled"));
  }

  @Test
  void a_listener_that_fails_keeps_a_change_neither_from_others_nor_from_the_backend() {
    epoch(TODAY);
    var told = new ArrayList<KeyState>();
    house.authority.listen(
        (_, _) -> {
          throw new IllegalStateException("planted");
        });
    house.authority.listen((_, state) -> told.add(state));
    assertThatThrownBy(() -> house.authority.disable(House.SCOPE, House.act("inquiry")))
        .hasMessage("a key's listener failed");
    assertThat(told).containsExactly(KeyState.DISABLED);
    assertThat(house.authority.list().getFirst().versions())
        .allSatisfy(version -> assertThat(version.state()).isEqualTo(KeyState.DISABLED));
  }

  @Test
  void a_due_destruction_of_which_a_holder_could_not_be_told_is_told_again() {
    epoch(TODAY);
    house.authority.destroy(House.SCOPE, House.act("over"), Duration.ofDays(1));
    house.clock.move(Duration.ofDays(1));
    var asked = new ArrayList<KeyState>();
    house.authority.listen(
        (_, state) -> {
          asked.add(state);
          if (asked.size() == 1) {
            throw new IllegalStateException("planted");
          }
        });
    assertThatThrownBy(() -> house.authority.destroyDue(House.service("authority")));
    assertThat(house.eventTypes()).doesNotContain("key.destroyed");
    assertThat(house.authority.destroyDue(House.service("authority"))).containsExactly(House.SCOPE);
    assertThat(asked).containsExactly(KeyState.DESTROYED, KeyState.DESTROYED);
    assertThat(house.eventTypes()).containsOnlyOnce("key.destroyed");
  }

  @Test
  void a_key_that_waits_for_its_end_says_when_that_is() {
    epoch(TODAY);
    house.authority.destroy(House.SCOPE, House.act("over"), Duration.ofDays(7));
    assertThat(house.authority.list().getFirst().destroyAfter())
        .contains(House.NOON.plus(Duration.ofDays(7)));
    house.authority.enable(House.SCOPE, House.act("called off"));
    assertThat(house.authority.list().getFirst().destroyAfter()).isEmpty();
  }

  @Test
  void no_keys_are_made_for_days_far_away() {
    for (int days : List.of(-30, -2, 36, 4_000)) {
      assertThat(epoch(TODAY.plusDays(days)))
          .isEqualTo(new KeyService.EpochKey.Denied("day-out-of-range"));
    }
    assertThat(house.authority.list()).isEmpty();
  }

  @Test
  void nothing_is_allowed_without_a_grant() {
    var stranger = House.service("stranger");
    assertThat(house.authority.epochPublic(House.SCOPE, TODAY, stranger))
        .isEqualTo(new KeyService.EpochKey.Denied("not-granted"));
    epoch(TODAY);
    var act = new KeyAct(stranger, "curious");
    assertThat(house.authority.disable(House.SCOPE, act))
        .isEqualTo(new KeyChange.Refused("not-granted"));
    assertThat(house.authority.destroy(House.SCOPE, act, Duration.ZERO))
        .isEqualTo(new KeyChange.Refused("not-granted"));
    assertThat(house.authority.rotate(House.SCOPE, act))
        .isEqualTo(new KeyChange.Refused("not-granted"));
    assertThat(house.authority.fileKeys(stranger).create(wanted("f")))
        .isEqualTo(new FileKeys.Access.Denied("not-granted"));
    assertThat(house.authority.standing(House.SCOPE, Operation.OPEN, stranger))
        .isEqualTo(KeyService.Standing.DENIED);
    assertThat(house.eventTypes().stream().filter("key.refused"::equals)).hasSize(5);
  }

  @Test
  void a_grant_reaches_only_the_scopes_it_names() {
    var reader = House.service("reader");
    var grant = new Grant(reader, "default/plant-1/*/*/internal", Operation.OPEN);
    house.authority.grant(grant, House.act("test"));
    var inside = House.scope("plant-1", Sensitivity.INTERNAL);
    var outside = House.scope("plant-1", Sensitivity.RESTRICTED);
    var authority = house.authority;
    assertThat(authority.standing(inside, Operation.OPEN, reader))
        .isEqualTo(KeyService.Standing.ALLOWED);
    assertThat(authority.standing(outside, Operation.OPEN, reader))
        .isEqualTo(KeyService.Standing.DENIED);
    assertThat(authority.standing(inside, Operation.SEAL, reader))
        .isEqualTo(KeyService.Standing.DENIED);
    house.restart();
    assertThat(house.authority.standing(inside, Operation.OPEN, reader))
        .isEqualTo(KeyService.Standing.ALLOWED);
    house.authority.withdraw(grant, House.act("test over"));
    assertThat(house.authority.standing(inside, Operation.OPEN, reader))
        .isEqualTo(KeyService.Standing.DENIED);
    assertThat(house.eventTypes()).contains("grant.added", "grant.removed");
    assertThatThrownBy(() -> new Grant(reader, "*/*/*/*/*", Operation.OPEN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // KM-5
  @Test
  void states_follow_nist_and_survive_a_restart() {
    epoch(TODAY);
    KeyAct act = House.act("drill");
    KeyAuthority authority = house.authority;
    assertThat(authority.disable(House.SCOPE, act)).isInstanceOf(KeyChange.Done.class);
    house.restart();
    authority = house.authority;
    assertThat(authority.state(House.SCOPE)).isEqualTo(KeyState.DISABLED);
    assertThat(authority.rotate(House.SCOPE, act)).isEqualTo(new KeyChange.Refused("not-enabled"));
    authority.destroy(House.SCOPE, act, Duration.ofDays(7));
    assertThat(authority.state(House.SCOPE)).isEqualTo(KeyState.PENDING_DESTRUCTION);
    assertThat(authority.destroyDue(House.service("authority"))).isEmpty();
    authority.enable(House.SCOPE, act);
    assertThat(epoch(TODAY)).isInstanceOf(KeyService.EpochKey.Public.class);
    authority.destroy(House.SCOPE, act, Duration.ofDays(7));
    house.clock.move(Duration.ofDays(7));
    assertThat(authority.destroyDue(House.service("authority"))).containsExactly(House.SCOPE);
    assertThat(authority.enable(House.SCOPE, act))
        .isEqualTo(new KeyChange.Refused("not-from-destroyed"));
    assertThat(authority.list().getFirst().versions().getFirst().state())
        .isEqualTo(KeyState.DESTROYED);
  }

  @Test
  void every_change_is_an_event_with_who_and_why() {
    epoch(TODAY);
    house.authority.disable(House.SCOPE, House.act("smells of theft"));
    Event event = house.authority.outbox().after(0, 100).getLast().event();
    assertThat(event.type()).isEqualTo("key.disabled");
    assertThat(event.actor()).isEqualTo(House.OPERATOR.uri());
    assertThat(event.subject()).isEqualTo(House.SCOPE.path());
    assertThat(event.details()).containsEntry("reason", "smells of theft");
    assertThat(house.eventTypes()).contains("key.created", "grant.added");
  }

  @Test
  void the_outbox_counts_without_gaps_and_forgets_what_was_sequenced() {
    epoch(TODAY);
    Outbox outbox = house.authority.outbox();
    List<Outbox.Numbered> all = outbox.after(0, 100);
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).number()).isEqualTo(i + 1);
    }
    outbox.sequenced(all.size());
    assertThat(outbox.after(0, 100)).isEmpty();
    var called = new AtomicBoolean();
    outbox.onCommitted(() -> called.set(true));
    house.authority.disable(House.SCOPE, House.act("drill"));
    assertThat(called).isTrue();
    assertThat(outbox.after(0, 100).getFirst().number()).isEqualTo(all.size() + 1);
  }

  @Test
  void a_file_key_opens_after_a_restart_and_after_a_rotation() {
    FileKeys files = house.authority.fileKeys(House.PIPELINE);
    SecretBytes made = key(files.create(wanted("raw/1.parquet")));
    house.authority.rotate(House.SCOPE, House.act("yearly"));
    assertThat(key(files.open("raw/1.parquet"))).isEqualTo(made);
    house.restart();
    files = house.authority.fileKeys(House.PIPELINE);
    assertThat(key(files.open("raw/1.parquet"))).isEqualTo(made);
    assertThat(files.create(wanted("raw/1.parquet")))
        .isEqualTo(new FileKeys.Access.Denied("file-id-taken"));
  }

  @Test
  void many_file_keys_are_made_at_once_and_all_differ() {
    FileKeys files = house.authority.fileKeys(House.PIPELINE);
    List<FileKeys.Access> made =
        files.createAll(Stream.of("a", "b", "c").map(this::wanted).toList());
    assertThat(made.stream().map(KeyAuthorityTest::key).distinct()).hasSize(3);
  }

  @Test
  void a_file_key_follows_the_state_of_its_scope() {
    FileKeys files = house.authority.fileKeys(House.PIPELINE);
    key(files.create(wanted("a"))).close();
    house.authority.disable(House.SCOPE, House.act("drill"));
    var disabled = new FileKeys.Access.Unavailable("scope-key-disabled");
    assertThat(files.open("a")).isEqualTo(disabled);
    assertThat(files.create(wanted("b"))).isEqualTo(disabled);
    house.authority.enable(House.SCOPE, House.act("drill over"));
    key(files.open("a")).close();
    house.authority.fileKeys(House.DOOR).forget(List.of("a"));
    key(files.open("a")).close();
    files.forget(List.of("a", "unknown"));
    assertThat(files.open("a")).isEqualTo(new FileKeys.Access.Gone("no-such-key"));
    key(files.create(wanted("c"))).close();
    house.authority.destroy(House.SCOPE, House.act("end"), Duration.ZERO);
    assertThat(files.open("c")).isEqualTo(new FileKeys.Access.Gone("no-such-key"));
    assertThat(files.create(wanted("d")))
        .isEqualTo(new FileKeys.Access.Gone("scope-key-destroyed"));
  }

  @Test
  void state_opens_only_for_its_service_and_context() {
    StateSeal seal = house.authority.stateSeal(House.PIPELINE);
    Bytes sealed = seal.seal("windows/3", Bytes.utf8("secret windows"));
    assertThat(sealed.asUtf8()).doesNotContain("secret");
    assertThat(seal.seal("windows/3", Bytes.utf8("secret windows"))).isNotEqualTo(sealed);
    house.restart();
    StateSeal again = house.authority.stateSeal(House.PIPELINE);
    assertThat(again.open("windows/3", sealed)).contains(Bytes.utf8("secret windows"));
    assertThat(again.open("windows/4", sealed)).isEmpty();
    assertThat(house.authority.stateSeal(House.DOOR).open("windows/3", sealed)).isEmpty();
    byte[] altered = sealed.toArray();
    altered[altered.length - 1] ^= 1;
    assertThat(again.open("windows/3", Bytes.adopt(altered))).isEmpty();
    assertThat(again.open("windows/3", Bytes.EMPTY)).isEmpty();
  }

  @Test
  void a_shred_store_opens_only_with_its_own_backend() {
    epoch(TODAY);
    try (FileBackend other =
        FileBackend.open(
            folder.resolve("other"),
            TestStores.at(folder.resolve("other").resolve("backend.db")),
            new FileBackend.Environment(new Passphrase.None(), Entropy.system(), house.clock))) {
      other.create(Wrapping.GENERATIONS);
      house.authority.close();
      assertThatThrownBy(
              () ->
                  KeyAuthority.open(
                      TestStores.at(folder.resolve("shred").resolve("shred.db")),
                      other,
                      Entropy.system(),
                      house.clock))
          .isInstanceOf(CorruptException.class);
    }
    house.restart();
  }

  @Test
  void a_key_is_said_to_be_destroyed_once_the_backend_has_done_it() {
    epoch(TODAY);
    house.authority.close();
    var away = new AtomicBoolean(true);
    KeyBackend sometimes = sometimesAway(house.keyBackend(), away);
    try (KeyAuthority keys =
        KeyAuthority.open(
            TestStores.at(folder.resolve("shred").resolve("shred.db")),
            sometimes,
            Entropy.system(),
            house.clock)) {
      assertThatThrownBy(() -> keys.destroy(House.SCOPE, House.act("sold"), Duration.ZERO))
          .isInstanceOf(UnavailableException.class);
      assertThat(types(keys)).contains("key.destruction.scheduled").doesNotContain("key.destroyed");
      away.set(false);
      assertThat(keys.destroyDue(House.service("authority"))).containsExactly(House.SCOPE);
      assertThat(types(keys)).containsOnlyOnce("key.destroyed");
      assertThat(keys.destroyDue(House.service("authority"))).isEmpty();
    }
    house.restart();
  }

  private static List<String> types(KeyAuthority keys) {
    return keys.outbox().after(0, 10_000).stream().map(one -> one.event().type()).toList();
  }

  private static KeyBackend sometimesAway(KeyBackend backend, AtomicBoolean away) {
    return (KeyBackend)
        Proxy.newProxyInstance(
            KeyBackend.class.getClassLoader(),
            new Class<?>[] {KeyBackend.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("setState") && away.get()) {
                throw new UnavailableException("the backend is away");
              }
              return method.invoke(backend, arguments);
            });
  }

  // KM-9
  @Test
  void no_key_lies_on_disk_in_the_clear() throws IOException {
    FileKeys files = house.authority.fileKeys(House.PIPELINE);
    String secret = Bytes.adopt(key(files.create(wanted("a"))).toArray()).hex();
    house.restart();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        assertThat(Bytes.adopt(Files.readAllBytes(file)).hex())
            .as(file.toString())
            .doesNotContain(secret);
      }
    }
  }

  @Test
  void disabling_while_others_seal_neither_hangs_nor_leaks() throws Exception {
    epoch(TODAY);
    try (var threads = Executors.newFixedThreadPool(2)) {
      var stop = new AtomicBoolean();
      var running = new CountDownLatch(2);
      var sealing = Stream.generate(() -> threads.submit(() -> sealUntil(stop, running)));
      List<Future<Integer>> counts = sealing.limit(2).toList();
      assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < 10; i++) {
        house.authority.disable(House.SCOPE, House.act("drill"));
        house.authority.enable(House.SCOPE, House.act("drill over"));
        house.authority.rotate(House.SCOPE, House.act("drill"));
      }
      stop.set(true);
      for (Future<Integer> count : counts) {
        assertThat(count.get()).isPositive();
      }
    }
  }

  private int sealUntil(AtomicBoolean stop, CountDownLatch running) {
    int sealed = 0;
    try (RecordSealer sealer = house.sealer()) {
      var tape = new Tape(0);
      tape.seal(sealer, 0, 1);
      sealed++;
      running.countDown();
      for (int i = 1; !stop.get(); i++) {
        RecordSealer.Sealed outcome = sealer.seal(0, House.origin(i), House.payload(i));
        sealed += outcome instanceof RecordSealer.Sealed.Ready ? 1 : 0;
      }
    }
    return sealed;
  }
}
