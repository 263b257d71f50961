package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.fakes.TestCa;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.testkit.Waiting;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How live sessions end. */
class SessionsTest {
  private static final int DISCONNECT = 14;
  private Plant plant = new Plant();

  @AfterEach
  void close() {
    plant.close();
  }

  // The aim is a p99 under 100 ms; here the distribution is shown, not asserted.
  @Test
  void cuts_a_revoked_devices_session_at_once_and_reports_it() throws Exception {
    var told = new ArrayList<Long>();
    var seen = new ArrayList<Long>();
    for (int i = 0; i < 60; i++) {
      var credential = plant.device("cut-" + i);
      try (var device = plant.connected(credential, i % 2 == 0 ? 5 : 4)) {
        int number = plant.identity(credential).number();
        long started = System.nanoTime();
        plant.revoke(credential);
        CutReport report = cut(number, plant.view.position()).get(10, TimeUnit.SECONDS);
        assertThat(report.found()).isEqualTo(1);
        assertThat(report.cut()).isEqualTo(1);
        told.add(report.nanos());
        assertThat(device.isClosedByDoor()).isTrue();
        seen.add(System.nanoTime() - started);
        assertThat(plant.sessions.count(number)).isZero();
      }
    }
    Plant.print("cut, as reported by the door", told, System.out::println);
    Plant.print("cut, as seen by the device", seen, System.out::println);
  }

  @Test
  void an_act_of_several_entries_is_reported_whole_and_apart_from_the_next() throws Exception {
    var credential = plant.device("twice");
    try (var device = plant.connected(credential, 5)) {
      var identity = plant.identity(credential);
      var revoked = MemoryView.with(identity, LifecycleState.COMPROMISED, CredentialState.REVOKED);
      plant.view.putAsTwo(revoked);
      long first = plant.view.position();
      plant.view.putAsTwo(revoked);
      CutReport cut = cut(identity.number(), first - 1).get(10, TimeUnit.SECONDS);
      assertThat(cut.position()).isEqualTo(first);
      assertThat(cut.found()).isEqualTo(1);
      assertThat(cut.cut()).isEqualTo(1);
      assertThat(device.isClosedByDoor()).isTrue();
      CutReport next = cut(identity.number(), plant.view.position()).get(10, TimeUnit.SECONDS);
      assertThat(next.cut()).isZero();
    }
  }

  @Test
  void of_an_act_that_was_not_seen_or_is_long_past_nothing_is_reported() throws Exception {
    var credential = plant.device("unheard");
    try (var device = plant.connected(credential, 5)) {
      var identity = plant.identity(credential);
      long first = plant.view.position() + 1;
      assertThat(plant.sessions.cut(identity.number(), first)).isEmpty();
      for (int i = 0; i < 5; i++) {
        plant.view.put(identity);
      }
      assertThat(plant.sessions.cut(identity.number(), first)).as("four acts ago").isEmpty();
      assertThat(cut(identity.number(), first + 1).get(10, TimeUnit.SECONDS).found()).isEqualTo(1);
      assertThat(plant.sessions.count(identity.number())).isEqualTo(1);
      assertThat(device.socket().isClosed()).isFalse();
    }
  }

  // An import is very many acts on devices that are not here.
  @Test
  void acts_on_devices_without_a_session_push_no_report_out() throws Exception {
    var credential = plant.device("waited-for");
    try (var device = plant.connected(credential, 5)) {
      var identity = plant.identity(credential);
      plant.revoke(credential);
      long revoked = plant.view.position();
      var absent = plant.identity(plant.device("absent"));
      for (int i = 0; i < 5_000; i++) {
        plant.view.put(absent);
      }
      assertThat(cut(identity.number(), revoked).get(10, TimeUnit.SECONDS).cut()).isEqualTo(1);
      assertThat(device.isClosedByDoor()).isTrue();
      CutReport none = cut(absent.number(), plant.view.position()).get(10, TimeUnit.SECONDS);
      assertThat(none.found()).isZero();
      assertThat(plant.sessions.cut(absent.number(), plant.view.position() + 1)).isEmpty();
    }
  }

  private CompletableFuture<CutReport> cut(int number, long position) {
    return plant.sessions.cut(number, position).orElseThrow();
  }

  @Test
  void tells_a_v5_client_that_access_was_withdrawn() throws Exception {
    var credential = plant.device("told");
    try (var device = plant.connected(credential, 5)) {
      plant.revoke(credential);
      var end = device.read();
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).isEqualTo(0x98);
    }
  }

  @Test
  void a_client_that_does_not_read_is_cut_all_the_same() throws Exception {
    var credential = plant.device("deaf");
    try (var device = plant.connected(credential, 5)) {
      plant.revoke(credential);
      int number = plant.identity(credential).number();
      CutReport report = cut(number, plant.view.position()).get(10, TimeUnit.SECONDS);
      assertThat(report.cut()).isEqualTo(1);
      assertThat(device.socket().isClosed()).isFalse();
    }
  }

  @Test
  void a_change_that_takes_no_right_away_keeps_the_session() throws Exception {
    var credential = plant.device("kept");
    try (var device = plant.connected(credential, 5)) {
      var identity = plant.identity(credential);
      plant.view.put(MemoryView.with(identity, LifecycleState.ACTIVE, CredentialState.RETIRING));
      plant.view.policyChanged();
      // The change of the policy came after it and is everybody's.
      CutReport report =
          cut(identity.number(), plant.view.position() - 1).get(10, TimeUnit.SECONDS);
      assertThat(report.found()).isEqualTo(1);
      assertThat(report.cut()).isZero();
      device.send((byte) 0xc0, (byte) 0);
      assertThat(device.read().first()).isEqualTo(0xd0);
    }
  }

  // A policy concerns everybody: the committing thread tells the loops and goes on.
  @Test
  void a_policy_change_reaches_every_session_on_its_own_loop() throws Exception {
    var open = new ArrayList<RawDevice>();
    try {
      for (int i = 0; i < 20; i++) {
        open.add(plant.connected(plant.device("policed-" + i), 5));
      }
      plant.policy.set(Plant.withoutPresses());
      plant.view.policyChanged();
      for (RawDevice device : open) {
        assertThat(device.read().type()).isEqualTo(DISCONNECT);
      }
    } finally {
      for (RawDevice device : open) {
        device.close();
      }
    }
  }

  // ADR-0218: whatever a policy costs to work out, no loop pays it.
  @Test
  void what_a_changed_policy_means_is_worked_out_beside_the_loops() throws Exception {
    var open = new ArrayList<RawDevice>();
    try {
      for (int i = 0; i < 20; i++) {
        open.add(plant.connected(plant.device("beside-" + i), 5));
      }
      plant.policyAskedBy.clear();
      plant.policy.set(Plant.secondVersion());
      plant.view.policyChanged();
      Plant.eventually(() -> !plant.policyAskedBy.isEmpty());
      for (RawDevice device : open) {
        device.send((byte) 0xc0, (byte) 0);
        assertThat(device.read().first()).isEqualTo(0xd0);
      }
      assertThat(plant.policyAskedBy).allMatch(name -> name.startsWith("policy-"));
    } finally {
      for (RawDevice device : open) {
        device.close();
      }
    }
  }

  /** A session that counts what is asked of it. */
  private static class Counting implements LiveSession {
    private final Identity identity;
    private int asked;

    Counting(Identity identity) {
      this.identity = identity;
    }

    @Override
    public Identity identity() {
      asked++;
      return identity;
    }

    @Override
    public CompletableFuture<Boolean> refresh() {
      asked++;
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public boolean takenOver(long newer) {
      asked++;
      return !newer();
    }

    boolean newer() {
      return false;
    }

    @Override
    public boolean isSpare() {
      asked++;
      return false;
    }

    @Override
    public void giveWay() {
      asked++;
    }

    @Override
    public boolean live() {
      asked++;
      return true;
    }
  }

  // Two that connect at the same moment: the older one must not count on the newer one to see it.
  @Test
  void a_session_that_finds_a_newer_one_ends_after_its_answer() throws Exception {
    var credential = plant.device("overtaken");
    var newer =
        new Counting(plant.identity(credential)) {
          @Override
          boolean newer() {
            return true;
          }
        };
    plant.sessions.add(newer, 4);
    try (var device = plant.connected(credential, 5)) {
      var end = device.read();
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).isEqualTo(0x8e);
      assertThat(device.isClosedByDoor()).isTrue();
    } finally {
      plant.sessions.remove(newer);
    }
  }

  // Growth: a revocation among a hundred thousand devices costs what one of ten costs.
  @Test
  void a_revocation_touches_the_sessions_of_its_device_and_no_other() {
    var view = new MemoryView();
    var sessions = new Sessions(view, System::nanoTime);
    Identity one = plant.identity(plant.device("one-of-many"));
    var all = new ArrayList<Counting>();
    for (int number = 1; number <= 100_000; number++) {
      var session = new Counting(MemoryView.numbered(one, number));
      sessions.add(session, 4);
      session.asked = 0;
      all.add(session);
    }
    view.put(MemoryView.numbered(one, 77_777));
    assertThat(all.stream().filter(session -> session.asked > 0))
        .singleElement()
        .isEqualTo(all.get(77_776));
    assertThat(all.get(77_776).asked).isEqualTo(1);
  }

  @Test
  void the_newest_session_of_a_device_wins_and_a_live_older_one_is_a_clone_signal()
      throws Exception {
    var credential = plant.device("twin");
    try (var first = plant.connected(credential, 5);
        var second = plant.connected(credential, 5)) {
      var end = first.read();
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).isEqualTo(0x8e);
      second.send((byte) 0xc0, (byte) 0);
      assertThat(second.read().first()).isEqualTo(0xd0);
      Plant.eventually(
          () -> plant.events.stream().anyMatch(one -> one.type().equals("incident.clone")));
    }
  }

  @Test
  void a_session_ends_with_its_certificate() throws Exception {
    var credential =
        plant.ca.issue(
            TestCa.Wish.device("brief").valid(Duration.ofHours(-1), Duration.ofSeconds(4)));
    plant.register(credential, "spiffe://telltale.local/default/device/brief", "press");
    try (var device = plant.connected(credential, 5)) {
      var end = device.read();
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).isEqualTo(0x87);
    }
  }

  // Slow-loris in its three places.
  @Test
  void ends_who_does_not_connect_who_falls_silent_and_who_drips_bytes() throws Exception {
    plant.close();
    plant =
        new Plant(
            new MqttLimits(
                264 * 1024,
                64,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofMinutes(20),
                Duration.ofSeconds(5),
                8 << 20,
                8 << 20),
            Plant.ACCEPT,
            16 << 20);
    try (var mute = plant.raw(plant.device("mute"))) {
      assertThat(mute.isClosedByDoor()).isTrue();
    }
    try (var silent = plant.raw(plant.device("silent"))) {
      silent.send(RawDevice.connect(5, 1));
      assertThat(silent.read().type()).isEqualTo(2);
      assertThat(silent.read().at(0)).isEqualTo(0x8d);
    }
    try (var dripping = plant.connected(plant.device("dripping"), 5)) {
      byte[] message =
          RawDevice.publish(5, 1, "t/default/d/dripping/telemetry", Plant.payload(1, 1));
      var dripper =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (byte one : message) {
                        dripping.send(one);
                        Waiting.pass(Duration.ofMillis(100));
                      }
                    } catch (java.io.IOException | InterruptedException e) {
                      // Closed by the door, as it should be.
                    }
                  });
      assertThat(dripping.read().at(0)).isEqualTo(0x8d);
      dripper.join();
    }
    assertThat(plant.count("sessions.closed connect-timeout")).isEqualTo(1);
    assertThat(plant.count("sessions.closed keep-alive")).isEqualTo(2);
  }

  // It was only counted: who looks after the device was told nothing.
  @Test
  void a_device_for_which_there_is_no_place_left_is_told_of_to_who_looks_after_it()
      throws Exception {
    plant.close();
    plant = new Plant(Plant.MQTT, AcceptLimits.bounded(1, 16, 1 << 20), 16 << 20);
    try (var first = plant.connected(plant.device("first"), 5);
        var second = plant.raw(plant.device("second"))) {
      assertThat(second.isClosedByDoor()).isTrue();
      var id = new DeviceId(TenantId.DEFAULT, "second");
      Plant.eventually(() -> !plant.door.refusals(id).isEmpty());
      assertThat(plant.door.refusals(id).getFirst().why()).isEqualTo("full");
      assertThat(plant.count("handshakes full")).isEqualTo(1);
      first.send((byte) 0xc0, (byte) 0);
      assertThat(first.read().first()).isEqualTo(0xd0);
    }
  }

  @Test
  void a_handshake_that_never_ends_is_ended() throws Exception {
    plant.close();
    plant =
        new Plant(
            Plant.MQTT,
            new AcceptLimits(
                100, 2, 2, 10, 100, 1 << 20, Duration.ofMillis(500), Duration.ofSeconds(10)),
            16 << 20);
    try (var one = new Socket(InetAddress.getLoopbackAddress(), plant.door.port());
        var two = new Socket(InetAddress.getLoopbackAddress(), plant.door.port())) {
      one.setSoTimeout(10_000);
      assertThat(one.getInputStream().read()).isEqualTo(-1);
      assertThat(two.isClosed()).isFalse();
      Plant.eventually(() -> plant.count("handshakes timeout") == 2);
    }
    try (var device = plant.connected(plant.device("after"), 5)) {
      device.send((byte) 0xc0, (byte) 0);
      assertThat(device.read().first()).isEqualTo(0xd0);
    }
  }

  @Test
  void shutting_down_acknowledges_what_is_durable_then_says_goodbye() throws Exception {
    try (var device = plant.connected(plant.device("bye"), 5)) {
      plant.log.stall = true;
      device.send(RawDevice.publish(5, 1, "t/default/d/bye/telemetry", Plant.payload(1, 1)));
      Plant.eventually(() -> plant.log.isStalling());
      var closing = Thread.ofVirtual().start(plant.door::close);
      // It waits for what is on its way to the log.
      Plant.eventually(
          () ->
              closing.getState() == Thread.State.WAITING
                  || closing.getState() == Thread.State.TIMED_WAITING);
      plant.log.release();
      assertThat(device.read().body()).containsExactly(0, 1);
      var end = device.read();
      assertThat(end.type()).isEqualTo(DISCONNECT);
      assertThat(end.at(0)).isEqualTo(0x8b);
      closing.join();
    }
  }
}
