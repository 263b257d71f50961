package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.MqttConnector;
import io.telltale.fakes.TestCa;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad input at every door of a running server: each is refused with the right code and counted by
 * its cause, nothing is leaked, no peer learns of our insides, and a well-behaved device beside it
 * notices nothing.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputTest {
  private static final Pattern INSIDES =
      Pattern.compile("Exception|\\bat (io|java|org)\\.|io\\.telltale|io\\.netty|\\.java:");
  private static final String LEAK_LEVEL = "io.netty.leakDetection.level";
  private static final Pattern CAUSE = Pattern.compile("(.*cause=\")([^\"]*)(\".*)");

  private final MqttConnector connector = new MqttConnector(1);
  private ServerProcess server;
  private Publishing good;
  private TestCa ca;
  private Path folder;
  private Attack loris;
  private CompletableFuture<Void> dripping;

  @SuppressWarnings("NullAway.Init") // set in start
  BadInputTest() {}

  @BeforeAll
  void start(@TempDir Path fresh) throws Exception {
    folder = fresh;
    Path data = folder.resolve("data");
    try (ServerProcess first = ServerProcess.start(data)) {
      first.stop();
    }
    ca = StolenCa.of(data);
    server = ServerProcess.start(Launch.in(data).withJvm("-D" + LEAK_LEVEL + "=paranoid"));
    good = Publishing.start(server, connector, List.of(TestDevice.enroll(server, "good-0")), 10);
    good.awaitAcks(50);
    loris = new HttpAttacks(server).slowLoris();
    dripping = CompletableFuture.runAsync(() -> refuse(loris));
  }

  @AfterAll
  void nothing_was_lost_and_nobody_else_slowed() throws Exception {
    try {
      // A buffer that nobody released is reported at an allocation after its collection.
      server.collectGarbage();
      good.awaitAcks(20);
      good.stop();
      assertThat(leaks()).isEmpty();
      long[] micros = good.latencyMicros();
      System.out.printf(
          "beside all bad input: %d acknowledged, median %d us, p99 %d us, max %d us%n",
          micros.length,
          micros[micros.length / 2],
          micros[micros.length * 99 / 100],
          micros[micros.length - 1]);
      assertThat(good.trouble()).isEmpty();
      assertThat(good.toldToTryLater() + good.slowed()).isZero();
      assertThat(good.sessions()).as("never cut").isEqualTo(1);
      LakeCheck.holdsOnce(server, good.acknowledged());
      for (String type : List.of("session.refused", "credential.refused", "token.refused")) {
        assertThat(server.run("ledger", "search", "--type", type).out()).contains(type);
      }
    } finally {
      connector.close();
      server.close();
    }
  }

  private List<String> leaks() throws IOException {
    try (Stream<Path> logs = Files.walk(folder.resolve("data").resolve("logs"))) {
      return Stream.concat(logs, Stream.of(Launch.in(folder.resolve("data")).console()))
          .filter(Files::isRegularFile)
          .flatMap(BadInputTest::lines)
          .filter(line -> line.contains("LEAK"))
          .toList();
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // TR-2, TR-3, TR-5, ID-2
  @TestFactory
  Stream<DynamicTest> refuses_at_the_handshake() throws Exception {
    TestDevice revoked = TestDevice.enroll(server, "revoked-0");
    server.json("device", "revoke", revoked.name(), "--reason", "stolen");
    return each(new TlsAttacks(server, ca).all(revoked));
  }

  // IN-1, OP-1
  @TestFactory
  Stream<DynamicTest> ends_a_session_that_breaks_the_protocol() throws Exception {
    return each(new MqttAttacks(server, TestDevice.enroll(server, "rude-0")).protocol());
  }

  // IN-4, IN-5, IN-7, OP-1
  @TestFactory
  Stream<DynamicTest> refuses_a_message_and_lets_the_session_live() throws Exception {
    return each(new MqttAttacks(server, TestDevice.enroll(server, "rude-1")).payloads());
  }

  // IN-1, OP-1
  @TestFactory
  Stream<DynamicTest> refuses_what_is_not_one_clear_request() {
    return each(new HttpAttacks(server).all());
  }

  // ID-2, LC-7
  @TestFactory
  Stream<DynamicTest> certifies_nothing_but_the_device_itself() throws Exception {
    var names = CsrAttacks.by(server, "greedy-0", folder);
    var keys = CsrAttacks.by(server, "greedy-1", folder);
    var all = new ArrayList<>(names.ofNames());
    all.addAll(keys.ofKeys());
    var proper =
        List.of(names, keys).stream()
            .map(
                one ->
                    DynamicTest.dynamicTest(
                        "a refusal spends no token",
                        () -> assertThat(one.enrollProperly()).startsWith("HTTP/1.1 200")));
    return Stream.concat(each(all), proper);
  }

  @Test
  void ends_a_request_that_drips_in() {
    dripping.join();
  }

  private Stream<DynamicTest> each(List<Attack> attacks) {
    return attacks.stream().map(one -> DynamicTest.dynamicTest(one.name(), () -> refuse(one)));
  }

  private void refuse(Attack attack) {
    try {
      List<String> counters = counters(attack.counter());
      double before = sum(counters);
      String seen = attack.act().call();
      assertThat(seen).as(attack.name()).matches(attack.expected());
      assertThat(INSIDES.matcher(seen).find()).as(attack.name() + ": " + seen).isFalse();
      Waiting.until(
          "%s counts as %s".formatted(attack.name(), attack.counter()),
          10,
          () -> sum(counters) > before);
      good.awaitAcks(1);
    } catch (Exception e) {
      throw new AssertionError(attack.name(), e);
    }
  }

  private double sum(List<String> counters) throws Exception {
    double sum = 0;
    for (String counter : counters) {
      sum += server.metric(counter);
    }
    return sum;
  }

  /** One line for each of the causes that are right. */
  private static List<String> counters(String pattern) {
    Matcher cause = CAUSE.matcher(pattern);
    if (!cause.matches()) {
      throw new IllegalArgumentException(pattern);
    }
    return Arrays.stream(cause.group(2).split("\\|"))
        .map(one -> cause.group(1) + one + cause.group(3))
        .toList();
  }
}
