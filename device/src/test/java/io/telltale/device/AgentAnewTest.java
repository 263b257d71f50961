package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.testkit.Waiting;
import java.net.URI;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 24 and 25: a token that is new to a folder enrolls in it, whatever was there. */
class AgentAnewTest {
  private static final String DEVICE = "spiffe://telltale.local/default/device/machine-1";

  @TempDir Path parent;
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final MqttConnector connector = new MqttConnector(1);
  private EnrollmentListener server;

  @BeforeEach
  void listen() {
    server = new EnrollmentListener(parent);
  }

  @AfterEach
  void stop() {
    timer.shutdownNow();
    connector.close();
    server.close();
  }

  private Path folder() {
    return parent.resolve("agent");
  }

  private DeviceStore store() {
    return new DeviceStore(folder(), new SecureRandom());
  }

  private X509Certificate held() {
    return store().enrolled().orElseThrow().chain().getFirst();
  }

  private EnrollmentToken.ServerAddress address(URI enroll) {
    byte[] key = server.authority.issuing().getPublicKey().getEncoded();
    return new EnrollmentToken.ServerAddress(
        SpiffeId.parse(TestAuthority.DOOR).orElseThrow(),
        Base64.getEncoder().encodeToString(Hash.sha256(key).value().toArray()),
        enroll,
        "localhost",
        1,
        new TrustedRoots(server.authority.roots()));
  }

  private EnrollmentToken token(URI enroll) {
    var json = address(enroll).json();
    json.put("version", 1).put("device", "machine-1").put("token", server.token());
    return ((EnrollmentToken.Parsed.Token) EnrollmentToken.parse(Bytes.utf8(json.toString())))
        .token();
  }

  /** Enrolled elsewhere, by a certificate that ended when {@code until} says. */
  private void enrolledUntil(Duration until) {
    TlsMaterial old =
        new TestAuthority().material(DEVICE, Set.of(Usage.CLIENT), Duration.ofDays(-2), until);
    store()
        .remember(
            new DeviceStore.Registered(
                EnrollmentListener.MACHINE, address(server.uri()), List.of()));
    store().save(new KeyPair(old.chain().getFirst().getPublicKey(), old.key()), old.chain());
  }

  private String run(EnrollmentToken token) throws Exception {
    var parts =
        new Agent.Parts(
            connector, timer, InstantSource.system(), new SecureRandom(), Entropy.system());
    try (Agent agent =
        ((Agent.Opened.Ready) Agent.open(folder(), Optional.of(token), parts)).agent()) {
      assertThat(agent.validUntil()).isEqualTo(held().getNotAfter().toInstant());
      return agent.notice().orElse("");
    } finally {
      timer.submit(() -> {}).get();
    }
  }

  @Test
  void a_new_token_takes_the_place_of_a_certificate_that_ended_and_of_a_good_one()
      throws Exception {
    for (int days : new int[] {-1, 1}) {
      enrolledUntil(Duration.ofDays(days));
      try (FileQueue queue = store().queue(1 << 20, Entropy.system())) {
        var waits = new OutgoingQueue.Message(queue.nextSequence(), "t", Bytes.utf8("kept"));
        assertThat(queue.add(waits)).isTrue();
      }
      assertThat(run(token(server.uri()))).isEmpty();
      assertThat(held().getIssuerX500Principal())
          .isEqualTo(server.authority.issuing().getSubjectX500Principal());
      try (FileQueue queue = store().queue(1 << 20, Entropy.system())) {
        assertThat(queue.pending()).extracting(OutgoingQueue.Message::payload).isNotEmpty();
        assertThat(queue.nextSequence()).isGreaterThan(queue.pending().getLast().sequence());
      }
    }
  }

  @Test
  void a_token_that_enrolled_here_does_nothing_more() throws Exception {
    EnrollmentToken first = token(server.uri());
    EnrollmentToken second = token(server.uri());
    run(first);
    X509Certificate before = held();
    run(second);
    X509Certificate after = held();
    assertThat(after).isNotEqualTo(before);
    for (EnrollmentToken spent : List.of(first, second)) {
      assertThat(run(spent)).isEmpty();
      assertThat(held()).isEqualTo(after);
    }
  }

  @Test
  void a_token_that_the_server_does_not_take_is_told_and_the_device_goes_on() throws Exception {
    run(token(server.uri()));
    X509Certificate before = held();
    EnrollmentToken spent = token(server.uri());
    new Enroller(server.uri(), server.authority.roots(), TestAuthority.DOOR, InstantSource.system())
        .enroll("machine-1", spent.secret(), store().newKey());
    assertThat(run(spent)).contains("401", "used before", "goes on with the certificate");
    assertThat(run(token(URI.create("https://localhost:1"))))
        .contains("no answer from", "asked again", "goes on with the certificate");
    assertThat(held()).isEqualTo(before);
  }

  @Test
  void a_token_whose_server_never_answers_keeps_no_certificate_from_its_renewal() throws Exception {
    run(token(server.uri()));
    X509Certificate before = held();
    Instant late = before.getNotAfter().toInstant().minusSeconds(1);
    var parts = new Agent.Parts(connector, timer, () -> late, new SecureRandom(), Entropy.system());
    EnrollmentToken dead = token(URI.create("https://localhost:1"));
    try (Agent agent =
        ((Agent.Opened.Ready) Agent.open(folder(), Optional.of(dead), parts)).agent()) {
      agent.renewInTime();
      // Not by its end: a certificate of the same second ends in the same second.
      Waiting.until("it has renewed", 20, () -> !held().equals(before));
      assertThat(held().getPublicKey()).isNotEqualTo(before.getPublicKey());
    }
    timer.submit(() -> {}).get();
  }

  @Test
  void a_server_says_when_to_renew_and_none_says_nothing() throws Exception {
    run(token(server.uri()));
    Instant from = held().getNotBefore().toInstant();
    Duration life = Duration.between(from, held().getNotAfter().toInstant());
    Instant start = from.plus(life.multipliedBy(2).dividedBy(3));
    assertThat(whenToRenew(server.uri()))
        .isEqualTo(
            new RenewalAdvice(
                Optional.of(new RenewalAdvice.Window(start, start.plus(life.dividedBy(12)))),
                Duration.ofHours(6)));
    assertThat(whenToRenew(URI.create("https://localhost:1"))).isEqualTo(RenewalAdvice.UNREACHED);
  }

  private RenewalAdvice whenToRenew(URI from) {
    return new Enroller(from, server.authority.roots(), TestAuthority.DOOR, InstantSource.system())
        .news(held())
        .renewal();
  }
}
