package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.MqttConnector;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * SIGKILL at random moments while one scope's key is disabled and enabled and two scopes send: what
 * is set aside is neither lost nor doubled, and the other scope goes on (firm ground 3).
 */
final class KillNineClosedScopeTest {
  // A round costs a start and the time that passes in it.
  private static final int ROUNDS = Math.max(3, Integer.getInteger("kill.rounds", 6) / 2);
  private static final int DEVICES = 2;
  // Few, so that there is more than one page.
  private static final String PAGE_EVENTS = "10";

  @TempDir private Path folder;
  private final RandomGenerator random =
      RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("kill.seed", 4711));
  private final List<TestDevice> closing = new ArrayList<>();
  private final List<TestDevice> others = new ArrayList<>();
  private String scope = "";
  private int closedStarts;

  @Test
  void every_acknowledged_reading_of_both_is_in_the_lake_once_when_the_key_is_enabled()
      throws Exception {
    Path data = folder.resolve("data");
    try (MqttConnector connector = new MqttConnector(1)) {
      var volley = new Volley(connector);
      try (ServerProcess server = ServerProcess.start(data)) {
        for (int i = 0; i < DEVICES; i++) {
          closing.add(TestDevice.enroll(server, "closing-" + i, "line-1"));
          others.add(TestDevice.enroll(server, "other-" + i, "line-2"));
        }
        long sent = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
        join(volley.start(server, both(), sent));
        scope = scopeOf(server, "line-1");
        turnTheKeyUntilKilled(server, volley, true);
      }
      for (int round = 1; round < ROUNDS; round++) {
        try (ServerProcess server = ServerProcess.start(data)) {
          turnTheKeyUntilKilled(server, volley, false);
        }
      }
      try (ServerProcess server = ServerProcess.start(data)) {
        goesOnWhileClosed(server, volley);
        enable(server);
        holdsAll(server, volley);
        server.stop();
      }
    }
  }

  private List<TestDevice> both() {
    var all = new ArrayList<>(closing);
    all.addAll(others);
    return all;
  }

  /**
   * Turns what is open, and what was closed when the one before was killed, at random moments.
   *
   * @param leaveClosed whether it is killed with the scope closed for sure
   */
  private void turnTheKeyUntilKilled(ServerProcess server, Volley volley, boolean leaveClosed)
      throws Exception {
    boolean closed = isClosed(server);
    closedStarts += closed ? 1 : 0;
    long start = System.nanoTime();
    long turn = start + TimeUnit.MILLISECONDS.toNanos(random.nextInt(700));
    // Often while a command is answered, or what it causes goes on.
    long end = turn + TimeUnit.MILLISECONDS.toNanos(random.nextInt(1_500));
    List<Thread> sending = volley.start(server, both(), end);
    var killing = new AtomicBoolean();
    var turning =
        new FutureTask<>(
            () -> {
              boolean next = closed;
              while (System.nanoTime() < end && !killing.get()) {
                if (System.nanoTime() >= turn) {
                  turn(server, next ? "enable" : "disable", killing);
                  next = !next;
                }
                pause();
              }
              return next;
            });
    Thread.startVirtualThread(turning);
    while (System.nanoTime() < end) {
      pause();
    }
    if (leaveClosed && !turning.get()) {
      disable(server);
    }
    killing.set(true);
    server.kill();
    join(sending);
    turning.get();
  }

  /** Nothing but the death of the server may keep a key from being turned. */
  private void turn(ServerProcess server, String verb, AtomicBoolean killing) {
    ServerProcess.Ran turned = server.run("key", verb, scope, "--reason", "test");
    assertThat(turned.exitCode() == 0 || killing.get()).as(verb + ": " + turned).isTrue();
  }

  /**
   * With the key disabled the log is taken to its end, and the other scope's devices are served.
   */
  private void goesOnWhileClosed(ServerProcess server, Volley volley) throws Exception {
    enable(server);
    TestDevice closed = closing.getFirst();
    TestDevice other = others.getFirst();
    long had = volley.acknowledged(closed);
    long sent = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
    List<Thread> sending = volley.start(server, both(), sent);
    Waiting.until("its readings are taken", 30, () -> volley.acknowledged(closed) > had);
    disable(server);
    join(sending);
    long[] before = {volley.acknowledged(closed), volley.acknowledged(other)};
    join(volley.start(server, both(), System.nanoTime() + TimeUnit.SECONDS.toNanos(1)));
    assertThat(volley.acknowledged(closed)).as("while closed").isEqualTo(before[0]);
    assertThat(volley.acknowledged(other)).as("of the other").isGreaterThan(before[1]);
    Waiting.until(
        "nothing but what is set aside waits",
        30,
        () -> server.metric("telltale_pipeline_lag") == 0);
  }

  private void holdsAll(ServerProcess server, Volley volley) throws Exception {
    LakeCheck.holdsOnce(server, volley.acknowledged());
    JsonNode pipeline = server.json("status").get("pipeline");
    assertThat(pipeline.at("/setAside/records").asLong()).isZero();
    assertThat(pipeline.get("missing").asLong()).isZero();
    assertThat(pipeline.get("rejected").asLong()).isZero();
    for (TestDevice device : both()) {
      // In the order of the log, which is that of its sequences.
      assertThat(
              server
                  .json(
                      "query",
                      ("SELECT count(*) FROM (SELECT sequence, lag(sequence) OVER (ORDER BY"
                              + " record_offset) AS before FROM readings WHERE device = '%s')"
                              + " WHERE before >= sequence")
                          .formatted(device.name()))
                  .at("/rows/0/0")
                  .asLong(-1))
          .as("out of order, of " + device.name())
          .isZero();
    }
    // Their events come to the ledger a little after what they tell of.
    Waiting.until(
        "all that was set aside was resumed",
        30,
        () -> {
          long aside = records(server, "record.set-aside");
          return aside > 0 && aside == records(server, "record.resumed");
        });
    assertThat(closedStarts).as("starts with a closed scope").isPositive();
    System.out.printf(
        "%d rounds of kill -9, %d of them started with a closed scope: %d acknowledged readings,"
            + " %d of them set aside and resumed%n",
        ROUNDS, closedStarts, volley.total(), records(server, "record.set-aside"));
  }

  private static long records(ServerProcess server, String type) {
    long sum = 0;
    String before = Long.toString(Long.MAX_VALUE / 10);
    while (!before.isEmpty()) {
      JsonNode page =
          server.json(
              "ledger", "search", "--type", type, "--limit", PAGE_EVENTS, "--before", before);
      for (JsonNode event : page.get("events")) {
        sum += event.at("/details/records").asLong();
      }
      before = page.get("next").asString("");
    }
    return sum;
  }

  private void enable(ServerProcess server) {
    if (isClosed(server)) {
      server.json("key", "enable", scope, "--reason", "test");
    }
  }

  private void disable(ServerProcess server) {
    server.json("key", "disable", scope, "--reason", "test");
  }

  private boolean isClosed(ServerProcess server) {
    for (JsonNode key : server.json("key", "list").get("keys")) {
      if (key.get("scope").asString().equals(scope)) {
        return key.get("state").asString().equals("disabled");
      }
    }
    throw new AssertionError("no scope " + scope);
  }

  private static String scopeOf(ServerProcess server, String productLine) {
    for (JsonNode key : server.json("key", "list").get("keys")) {
      if (key.get("scope").asString().contains("/" + productLine + "/")) {
        return key.get("scope").asString();
      }
    }
    throw new AssertionError("no scope of " + productLine);
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void pause() {
    try {
      Waiting.pass(Duration.ofMillis(5));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
