package io.telltale.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.dbtestkit.TestStores;
import io.telltale.kernel.Outbox;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Principal;
import io.telltale.testkit.JavaProgram;
import io.telltale.testkit.Waiting;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 under concurrent transitions: what was acknowledged stands, and all tables agree. */
class KillTest {
  private static final int ROUNDS = Integer.getInteger("kill.rounds", 3);
  private static final int DEVICES = 8;

  @TempDir Path dir;

  // RG-2: the history is complete, whatever happens
  @Test
  void history_outbox_and_feed_agree_after_every_kill_and_nothing_acknowledged_is_lost()
      throws Exception {
    Map<String, Integer> acknowledged = new HashMap<>();
    var random = new SplittableRandom();
    for (int round = 0; round < ROUNDS; round++) {
      runAndKill(acknowledged, random.nextInt(300, 1_500));
      check(acknowledged);
    }
    System.out.println("acknowledged transitions over " + ROUNDS + " kills: " + acknowledged);
  }

  private void runAndKill(Map<String, Integer> acknowledged, long millis) throws Exception {
    Path output = dir.resolve("acknowledged.txt");
    var options = new ArrayList<>(List.of("-Xmx128m", "--enable-native-access=ALL-UNNAMED"));
    options.addAll(TestStores.options());
    Process child =
        new ProcessBuilder(
                JavaProgram.command(options, Mover.class, dir.resolve("control.db").toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(output.toFile())
            .start();
    Waiting.until("it acknowledges", 60, () -> Files.size(output) > 0 || !child.isAlive());
    assertThat(child.waitFor(millis, TimeUnit.MILLISECONDS)).isFalse();
    child.destroyForcibly();
    assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    for (String line : Files.readAllLines(output, StandardCharsets.US_ASCII)) {
      // A line that the kill cut short has no end mark.
      if (line.endsWith(";")) {
        acknowledged.merge(line.substring(0, line.length() - 1), 1, Integer::sum);
      }
    }
  }

  private void check(Map<String, Integer> acknowledged) throws SQLException {
    InstantSource clock = InstantSource.system();
    try (Registry registry =
        Registry.open(Fixture.settings(dir.resolve("control.db"), Fixture.DOMAIN, clock))) {
      long moves = 0;
      for (int i = 0; i < DEVICES; i++) {
        Principal device = registry.find(Fixture.device("d-" + i)).orElseThrow();
        List<HistoryEntry> history = registry.history(device.number(), 1_000_000);
        assertThat(history.getLast().to()).isEqualTo(device.state());
        assertThat(registry.view().byNumber(device.number()).orElseThrow().state())
            .isEqualTo(device.state());
        for (int step = 1; step < history.size(); step++) {
          assertThat(history.get(step).from()).contains(history.get(step - 1).to());
        }
        assertThat(history.size() - 1)
            .isGreaterThanOrEqualTo(acknowledged.getOrDefault("d-" + i, 0));
        moves += history.size();
      }
      List<Outbox.Numbered> events = registry.outbox().after(0, 1_000_000);
      assertThat(events.getLast().number()).isEqualTo(events.size());
      assertThat(events.stream().filter(e -> e.event().type().startsWith("device.")))
          .hasSize((int) moves);
      try (Connection raw = TestStores.byHand(dir.resolve("control.db"))) {
        assertThat(count(raw, "SELECT count(*) FROM feed"))
            .isEqualTo(events.size())
            .isEqualTo(count(raw, "SELECT max(position) FROM feed"))
            .isEqualTo(registry.view().position());
      }
    }
  }

  private static long count(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** The process that is killed: quarantines and releases devices as fast as it can. */
  static final class Mover {
    private Mover() {}

    public static void main(String[] args) throws Exception {
      Registry registry =
          Registry.open(Fixture.settings(Path.of(args[0]), Fixture.DOMAIN, InstantSource.system()));
      for (int i = 0; i < DEVICES; i++) {
        registry.addDevice(
            new NewDevice(Fixture.device("d-" + i), Fixture.press()), Fixture.OPERATOR);
      }
      for (int i = 0; i < DEVICES; i++) {
        String name = "d-" + i;
        Thread.ofPlatform().start(() -> move(registry, name));
      }
      Thread.currentThread().join();
    }

    private static void move(Registry registry, String name) {
      while (true) {
        LifecycleState now = registry.find(Fixture.device(name)).orElseThrow().state();
        LifecycleState next =
            now == LifecycleState.DISABLED ? LifecycleState.REGISTERED : LifecycleState.DISABLED;
        if (registry.transition(Fixture.device(name), next, Fixture.WHY)
            instanceof Transition.Moved) {
          synchronized (System.out) {
            System.out.println(name + ";");
            System.out.flush();
          }
        }
      }
    }
  }
}
