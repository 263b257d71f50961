package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.MqttConnector;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL at random moments under load: nothing acknowledged is lost, nothing is there twice. */
final class KillNineTest {
  private static final int ROUNDS = Integer.getInteger("kill.rounds", 6);
  private static final int DEVICES = 4;
  // About as long as a start takes on two busy cores.
  private static final int START_MILLIS = 2_500;

  @TempDir private Path folder;
  private final RandomGenerator random =
      RandomGeneratorFactory.of("L64X128MixRandom").create(Long.getLong("kill.seed", 4711));
  private int killedWhileStarting;

  // IN-3, PL-1
  @Test
  void every_acknowledged_reading_is_in_the_lake_exactly_once() throws Exception {
    Path data = folder.resolve("data");
    try (MqttConnector connector = new MqttConnector(1)) {
      var volley = new Volley(connector);
      List<TestDevice> devices = new ArrayList<>();
      try (ServerProcess server = ServerProcess.start(data)) {
        for (int i = 0; i < DEVICES; i++) {
          devices.add(TestDevice.enroll(server, "kill-" + i));
        }
        server.stop();
      }
      for (int round = 0; round < ROUNDS; round++) {
        if (random.nextInt(3) == 0) {
          killWhileStarting(data);
        }
        try (ServerProcess server = ServerProcess.start(data)) {
          publishUntilKilled(server, volley, devices);
        }
      }
      try (ServerProcess server = ServerProcess.start(data)) {
        LakeCheck.holdsOnce(server, volley.acknowledged());
        // Row 12: whoever died left leases behind, and that is no incident.
        assertThat(server.json("status").at("/pipeline/missing").asLong(-1)).isZero();
        server.stop();
      }
      System.out.printf(
          "%d rounds of kill -9 and %d more while starting, %d acknowledged readings%n",
          ROUNDS, killedWhileStarting, volley.total());
      assertThat(volley.total()).isPositive();
    }
  }

  /** A crash in the middle of recovering from the one before. */
  private void killWhileStarting(Path data) throws Exception {
    Process starting = Launch.in(data).process();
    try {
      Waiting.pass(Duration.ofMillis(100 + random.nextInt(START_MILLIS)));
    } finally {
      starting.destroyForcibly();
      starting.waitFor();
    }
    killedWhileStarting++;
  }

  private void publishUntilKilled(ServerProcess server, Volley volley, List<TestDevice> devices)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300 + random.nextInt(2_500));
    List<Thread> threads = volley.start(server, devices, end);
    Waiting.pass(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    server.kill();
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
