package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Usage;
import io.telltale.device.ScriptedBroker.Answer;
import io.telltale.device.ScriptedBroker.Arrived;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.testkit.Waiting;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MqttPublisherTest {
  private static final DeviceId DEVICE = new DeviceId(TenantId.DEFAULT, "machine-1");
  private static final String URI = "spiffe://telltale.local/default/device/machine-1";

  @TempDir Path folder;
  private final TestAuthority authority = new TestAuthority();
  private final MqttConnector connector = new MqttConnector(1);
  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final Jitter jitter = new Jitter();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final TlsMaterial own = authority.material(URI, Set.of(Usage.CLIENT));
  private ScriptedBroker broker;
  private MqttPublisher publisher;

  @BeforeEach
  void start() throws Exception {
    broker = broker(authority.material(TestAuthority.DOOR, Set.of(Usage.SERVER)));
    publisher = publisher(own);
    publisher.start();
  }

  @AfterEach
  void stop() throws Exception {
    publisher.close();
    connector.close();
    broker.close();
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    timer.shutdown();
    assertThat(timer.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_reading_is_done_when_the_server_says_so() throws Exception {
    assertThat(publish(20.5)).isInstanceOf(Delivery.Acknowledged.class);
    assertThat(broker.arrived).hasSize(1);
    Arrived one = broker.arrived.getFirst();
    assertThat(one.topic()).isEqualTo("t/default/d/machine-1/reading");
    assertThat(one.payload()).startsWith("{\"seq\":1,\"sent\":").contains("\"temperature\":20.5");
    assertThat(one.dup()).isFalse();
  }

  @Test
  void refusals_are_told_apart() throws Exception {
    var codes = Map.of(0x10, "done", 0x83, "refused", 0x90, "refused", 0x99, "refused");
    for (var expected : codes.entrySet()) {
      broker.script = one -> new Answer.Code(expected.getKey());
      Delivery delivery = publish(1);
      assertThat(delivery)
          .isEqualTo(
              expected.getValue().equals("done")
                  ? new Delivery.Acknowledged()
                  : new Delivery.Refused(expected.getKey(), ""));
    }
  }

  @Test
  void what_the_server_cannot_take_now_is_sent_again() throws Exception { // LC-2
    for (int code : new int[] {0x97, 0x80}) {
      var tries = new AtomicInteger();
      broker.script = one -> new Answer.Code(tries.getAndIncrement() == 0 ? code : 0);
      assertThat(publish(1)).isInstanceOf(Delivery.Acknowledged.class);
      assertThat(tries).hasValue(2);
    }
  }

  // Firm ground 6: a device that is disabled for a week must not lose that week.
  @Test
  void what_is_refused_for_a_reason_that_passes_stays_and_is_sent_again() throws Exception {
    broker.script = one -> new Answer.Code(0x87);
    CompletableFuture<Delivery> reading = publisher.publish("reading", telemetry(1));
    waitFor(() -> publisher.state().contains("refuses"));
    assertThat(publisher.isWell()).isFalse();
    assertThat(publisher.kept()).isEqualTo(1);
    assertThat(reading).isNotDone();
    broker.script = one -> new Answer.Code(0);
    publisher.reconnect(broker.address(), MqttConnector.tls(own, InstantSource.system()));
    assertThat(reading.get(20, TimeUnit.SECONDS)).isInstanceOf(Delivery.Acknowledged.class);
    assertThat(publisher.kept()).isZero();
    assertThat(publisher.aside()).isZero();
  }

  @Test
  void what_is_refused_for_good_is_set_aside_and_never_sent_again() throws Exception {
    broker.script = one -> new Answer.Code(one.payload().contains("\"seq\":1,") ? 0x99 : 0);
    assertThat(publish(1)).isEqualTo(new Delivery.Refused(0x99, ""));
    assertThat(publish(2)).isInstanceOf(Delivery.Acknowledged.class);
    assertThat(publisher.aside()).isEqualTo(1);
    publisher.close();
    publisher = publisher(own);
    publisher.start();
    assertThat(publish(3)).isInstanceOf(Delivery.Acknowledged.class);
    assertThat(broker.arrived).hasSize(3);
    assertThat(publisher.aside()).isEqualTo(1);
  }

  // Firm ground 31: such a topic is refused by closing the connection, and came back for ever.
  @Test
  void a_type_that_makes_no_topic_takes_no_place_in_the_queue() throws Exception {
    for (String type : new String[] {"#", "+", "", "a/b", "x".repeat(65), "a b"}) {
      assertThat(publisher.publish(type, telemetry(1)).get(20, TimeUnit.SECONDS))
          .isInstanceOf(Delivery.Refused.class);
    }
    assertThat(publisher.kept()).isZero();
    assertThat(publish(1)).isInstanceOf(Delivery.Acknowledged.class);
    assertThat(broker.arrived).hasSize(1);
  }

  @Test
  void what_was_not_answered_is_sent_again_with_the_same_bytes_and_dup() throws Exception {
    var tries = new AtomicInteger();
    broker.script = one -> tries.getAndIncrement() == 0 ? new Answer.HangUp() : new Answer.Code(0);
    assertThat(publish(1)).isInstanceOf(Delivery.Acknowledged.class);
    assertThat(broker.arrived).extracting(Arrived::dup).containsExactly(false, true);
    assertThat(broker.arrived).extracting(Arrived::payload).containsOnly(payload(0));
  }

  @Test
  void no_more_is_in_flight_than_the_server_takes() throws Exception {
    publisher.close();
    broker.receiveMaximum = 3;
    publisher = publisher(own, folder.resolve("second"));
    publisher.start();
    broker.script = one -> new Answer.Silence();
    for (int i = 0; i < 10; i++) {
      var _ = publisher.publish("reading", telemetry(i));
    }
    waitFor(() -> broker.arrived.size() == 3);
    assertThat(broker.arrived).hasSize(3);
  }

  @Test
  void a_restart_loses_nothing_and_numbers_nothing_twice() throws Exception {
    broker.script = one -> new Answer.Silence();
    for (int i = 0; i < 5; i++) {
      var _ = publisher.publish("reading", telemetry(i));
    }
    waitFor(() -> broker.arrived.size() == 5);
    publisher.close();
    broker.script = one -> new Answer.Code(0);
    waitFor(() -> publisher.state().equals("closed"));
    publisher = publisher(own);
    publisher.start();
    assertThat(publish(9)).isInstanceOf(Delivery.Acknowledged.class);
    waitFor(() -> broker.arrived.size() == 11);

    List<Arrived> again = broker.arrived.subList(5, 10);
    assertThat(again).allMatch(Arrived::dup);
    assertThat(again)
        .extracting(Arrived::payload)
        .containsExactlyElementsOf(
            broker.arrived.subList(0, 5).stream().map(Arrived::payload).toList());
    var sequences = new HashSet<String>();
    broker.arrived.forEach(one -> sequences.add(sequence(one)));
    assertThat(sequences).hasSize(6);
  }

  // "0 acknowledged" was the last word of a run that had delivered all that the one before had
  // kept.
  @Test
  void what_becomes_of_what_an_earlier_run_kept_is_counted_by_itself() throws Exception {
    broker.script = one -> new Answer.Silence();
    for (int i = 0; i < 3; i++) {
      var _ = publisher.publish("reading", telemetry(i));
    }
    waitFor(() -> broker.arrived.size() == 3);
    publisher.close();
    waitFor(() -> publisher.state().equals("closed"));
    broker.script = one -> new Answer.Code(one.payload().contains("\"seq\":2,") ? 0x99 : 0);
    publisher = publisher(own);
    assertThat(publisher.earlier().isNone()).isTrue();
    publisher.start();
    assertThat(publish(9)).isInstanceOf(Delivery.Acknowledged.class);
    waitFor(() -> publisher.kept() == 0);

    assertThat(publisher.earlier()).isEqualTo(new EarlierAnswers(2, 1));
  }

  @Test
  void a_backlog_is_stamped_when_it_is_first_sent() throws Exception { // LC-2
    publisher.close();
    waitFor(() -> publisher.state().equals("closed"));
    publisher = publisher(own);
    CompletableFuture<Delivery> waiting = publisher.publish("reading", telemetry(1));
    waitFor(() -> timerIsIdle());
    Instant measured = now.get();
    now.set(measured.plus(Duration.ofHours(6)));
    publisher.start();
    assertThat(waiting.get(10, TimeUnit.SECONDS)).isInstanceOf(Delivery.Acknowledged.class);
    assertThat(payload(0))
        .contains("\"sent\":" + now.get().toEpochMilli())
        .contains("\"time\":" + measured.toEpochMilli());
  }

  @Test
  void an_old_resend_that_the_server_does_not_know_becomes_new() throws Exception { // LC-2
    var tries = new AtomicInteger();
    broker.script =
        one -> {
          return switch (tries.getAndIncrement()) {
            case 0 -> {
              now.set(now.get().plus(Duration.ofHours(1)));
              yield new Answer.HangUp();
            }
            case 1 -> new Answer.Code(0x83);
            default -> new Answer.Code(0);
          };
        };
    assertThat(publish(1)).isInstanceOf(Delivery.Acknowledged.class);
    assertThat(broker.arrived).extracting(Arrived::dup).containsExactly(false, true, false);
    assertThat(payload(1)).isEqualTo(payload(0));
    assertThat(payload(2)).contains("\"sent\":" + now.get().toEpochMilli());
    assertThat(broker.arrived).extracting(MqttPublisherTest::sequence).containsOnly("1");
  }

  @Test
  void a_server_that_is_not_the_door_hears_nothing() throws Exception { // TR-4
    var impostors = new ArrayList<TlsMaterial>();
    impostors.add(
        authority.material("spiffe://telltale.local/default/service/other", Set.of(Usage.SERVER)));
    impostors.add(authority.material(TestAuthority.DOOR, Set.of(Usage.CLIENT)));
    var foreign = new TestAuthority();
    impostors.add(foreign.material(TestAuthority.DOOR, Set.of(Usage.SERVER)));
    impostors.add(
        authority.material(
            TestAuthority.DOOR, Set.of(Usage.SERVER), Duration.ofDays(-3), Duration.ofDays(-1)));
    for (TlsMaterial impostor : impostors) {
      try (var other = broker(impostor)) {
        Connected outcome =
            connector
                .connect(
                    other.address(), MqttConnector.tls(own, InstantSource.system()), "machine-1")
                .get(10, TimeUnit.SECONDS);
        assertThat(outcome)
            .isInstanceOfAny(Connected.Failed.class, Connected.Foreign.class)
            .extracting(Connected.Foreign.class::isInstance)
            .isEqualTo(impostor.roots().contains(foreign.root));
        assertThat(other.arrived).isEmpty();
      }
    }
  }

  // Firm ground 24: "the connection was closed" told nobody what to do.
  @Test
  void a_device_whose_access_was_withdrawn_says_so_and_what_to_do_until_it_is_let_in()
      throws Exception {
    broker.script =
        one -> {
          broker.connectCode = 0x87;
          return new Answer.Disconnect(0x98);
        };
    var _ = publisher.publish("reading", telemetry(1));
    waitFor(publisher::isLockedOut);
    assertThat(publisher.state()).contains("disabled, revoked or retired", "--token-file");
    broker.connectCode = 0;
    broker.script = one -> new Answer.Code(0);
    waitFor(() -> publisher.isWell() && publisher.kept() == 0);
    assertThat(publisher.isLockedOut()).isFalse();
  }

  @Test
  void a_server_that_is_away_is_tried_again_and_that_is_told() throws Exception {
    InetSocketAddress address = broker.address();
    broker.close();
    waitFor(() -> publisher.state().startsWith("cannot connect to "));
    assertThat(publisher.state())
        .isEqualTo(
            "cannot connect to %s:%d: nobody listens there; tries again"
                .formatted(address.getHostString(), address.getPort()));
    assertThat(publisher.isLockedOut()).isFalse();
  }

  // It named a class of Java, for ever, and readings waited.
  @Test
  void a_server_of_other_roots_is_told_with_what_helps_in_words() throws Exception {
    var foreign = new TestAuthority().material(TestAuthority.DOOR, Set.of(Usage.SERVER));
    try (var other = broker(foreign)) {
      publisher.reconnect(other.address(), MqttConnector.tls(own, InstantSource.system()));
      waitFor(() -> publisher.state().contains("not signed by the roots"));
      assertThat(publisher.state())
          .contains(":" + other.address().getPort() + " answers: the server's certificate is not")
          .contains("enroll it anew", "--token-file machine-1.json")
          .doesNotContain("javax", "Exception", "OpenSsl");
      assertThat(publisher.isLockedOut()).as("waiting does not help").isTrue();
      assertThat(publisher.brief())
          .contains("not signed by the roots")
          .endsWith("tries again")
          .doesNotContain("--token-file");
    }
  }

  // The sign-in page of a guest network answers once, then there is no network: what is true is
  // told.
  @Test
  void a_server_of_other_roots_is_forgotten_when_the_next_try_fails_by_something_else()
      throws Exception {
    var foreign = new TestAuthority().material(TestAuthority.DOOR, Set.of(Usage.SERVER));
    try (var portal = broker(foreign)) {
      publisher.reconnect(portal.address(), MqttConnector.tls(own, InstantSource.system()));
      waitFor(publisher::isLockedOut);
    }
    waitFor(() -> publisher.state().startsWith("cannot connect to "));
    assertThat(publisher.isLockedOut()).isFalse();
  }

  @Test
  void what_the_server_refused_stays_told_while_it_is_away() throws Exception {
    publisher.close();
    broker.connectCode = 0x87;
    publisher = publisher(own, folder.resolve("second"));
    publisher.start();
    waitFor(publisher::isLockedOut);
    String refused = publisher.state();
    broker.close();
    int tries = jitter.atMost.size();
    waitFor(() -> jitter.atMost.size() > tries + 1);
    assertThat(publisher.isLockedOut()).isTrue();
    assertThat(publisher.state()).isEqualTo(refused).contains("it is not authorized");
  }

  @Test
  void a_host_that_does_not_exist_is_told_so() throws Exception {
    publisher.reconnect(
        InetSocketAddress.createUnresolved("example.invalid", 1),
        MqttConnector.tls(own, InstantSource.system()));
    waitFor(() -> publisher.state().contains("example.invalid"));
    assertThat(publisher.state())
        .isEqualTo("cannot connect to example.invalid:1: no such host; tries again");
  }

  /** Waits chosen by chance; from the {@code hourFrom}th on so long that no test sees their end. */
  private static final class Jitter implements RandomGenerator {
    private final RandomGenerator chance = new SplittableRandom(1);
    private final List<Long> atMost = new CopyOnWriteArrayList<>();
    private volatile int hourFrom = Integer.MAX_VALUE;

    @Override
    public long nextLong() {
      return chance.nextLong();
    }

    @Override
    public long nextLong(long bound) {
      atMost.add(bound);
      return atMost.size() < hourFrom ? chance.nextLong(bound) : Duration.ofHours(1).toMillis();
    }
  }

  // LC-2: renewed or let in anew, a device waits for nothing that concerned its last certificate.
  @Test
  void a_new_certificate_is_shown_at_once_and_what_was_waited_for_before_is_forgotten()
      throws Exception {
    timer.setRemoveOnCancelPolicy(true);
    publisher.close();
    broker.connectCode = 0x87;
    jitter.hourFrom = 3;
    publisher = publisher(own, folder.resolve("second"));
    publisher.start();
    waitFor(() -> jitter.atMost.size() == 3 && timer.getQueue().size() == 1);
    assertThat(publisher.isLockedOut()).isTrue();

    InetSocketAddress nobody;
    try (var other = broker(own)) {
      nobody = other.address();
    }
    publisher.reconnect(nobody, MqttConnector.tls(own, InstantSource.system()));
    waitFor(() -> publisher.state().startsWith("cannot connect to "));
    assertThat(publisher.isLockedOut()).isFalse();
    assertThat(jitter.atMost).containsExactly(250L, 500L, 1_000L, 250L);
    waitFor(() -> timer.getQueue().size() == 1);

    broker.connectCode = 0;
    publisher.reconnect(broker.address(), MqttConnector.tls(own, InstantSource.system()));
    waitFor(publisher::isWell);
    assertThat(timer.getQueue()).isEmpty();
  }

  // Firm ground 31
  @Test
  void a_topic_that_is_not_allowed_tells_what_this_agent_speaks() throws Exception {
    broker.script = one -> new Answer.Code(0x87, "topic-not-allowed: no rule allows it");
    var _ = publisher.publish("flow", telemetry(1));
    waitFor(() -> publisher.state().contains("topic-not-allowed"));
    assertThat(publisher.state())
        .contains("sends our own JSON on t/default/d/machine-1/flow", "mapping of its own");
  }

  // It said nothing, and the readings waited.
  @Test
  void a_server_that_takes_nothing_now_is_told_as_why_it_waits() throws Exception {
    broker.script = one -> new Answer.Code(0x80, "unavailable: the log is not available");
    var _ = publisher.publish("flow", telemetry(1));
    waitFor(() -> publisher.state().contains("takes nothing now"));
    assertThat(publisher.state()).contains("0x80 unavailable: the log is not available");
    assertThat(publisher.isWell()).isFalse();
    broker.script = one -> new Answer.Code(0);
    waitFor(publisher::isWell);
  }

  @Test
  void a_connection_that_is_refused_says_with_which_code() throws Exception {
    broker.connectCode = 0x87;
    Connected outcome =
        connector
            .connect(broker.address(), MqttConnector.tls(own, InstantSource.system()), "machine-1")
            .get(10, TimeUnit.SECONDS);
    assertThat(outcome).isEqualTo(new Connected.Refused(0x87, ""));
  }

  private boolean timerIsIdle() {
    try {
      timer.submit(() -> {}).get(5, TimeUnit.SECONDS);
      return true;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private Delivery publish(double value) throws Exception {
    return publisher.publish("reading", telemetry(value)).get(20, TimeUnit.SECONDS);
  }

  private String payload(int index) {
    return broker.arrived.get(index).payload();
  }

  private static String sequence(Arrived one) {
    return one.payload().replaceFirst("^\\{\"seq\":(\\d+),.*", "$1");
  }

  private Telemetry telemetry(double value) {
    return new Telemetry(
        now.get(), Map.of("temperature", value), Map.of(), Optional.empty(), "1.0.0");
  }

  private ScriptedBroker broker(TlsMaterial material) throws Exception {
    return new ScriptedBroker(material, List.of(authority.root));
  }

  private MqttPublisher publisher(TlsMaterial material) {
    return publisher(material, folder.resolve("queue"));
  }

  private MqttPublisher publisher(TlsMaterial material, Path queue) {
    SecretBytes key = SecretBytes.adopt(new byte[32]);
    InstantSource clock = now::get;
    return new MqttPublisher(
        new MqttPublisher.Session(
            broker.address(), MqttConnector.tls(material, InstantSource.system()), DEVICE),
        FileQueue.open(new FileQueue.Settings(queue, 1 << 20), key, Entropy.system()),
        new MqttPublisher.Shared(connector, timer, clock, jitter));
  }

  private static void waitFor(BooleanSupplier condition) throws InterruptedException {
    Waiting.until("what the test waits for", 10, condition::getAsBoolean);
  }
}
