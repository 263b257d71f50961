package io.telltale.bench;

import static java.util.Locale.ROOT;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Honest devices beside those who are not: what a message of theirs takes, without and with each
 * attack, under the factory's limits. Attackers and devices share the machine's cores with the
 * server, and the attackers come from another address of it.
 */
final class AttackBench {
  static final int DEVICES = 22;

  private static final LoadShape HONEST = new LoadShape("honest", 20, 1, 100);
  private static final long LEAD_IN_SECONDS = 3;

  private final TelltaleServer server;
  private final List<LoadClient> clients;

  AttackBench(TelltaleServer server) {
    this.server = server;
    this.clients = server.clients(DEVICES);
  }

  void run(long seconds) throws InterruptedException, IOException {
    LoadClient hydra = clients.get(20);
    LoadClient loud = clients.get(21);
    try (var honest = new LoadRun(server, HONEST)) {
      honest.start(clients.subList(0, HONEST.connections()));
      honest.warmUp(2_000);
      var mqtt = server.address();
      quiet(honest, seconds);
      under("256 silent connections", () -> Assault.silent(mqtt, 256), honest, seconds);
      under(
          "400 unfinished bodies",
          () -> Assault.unfinishedBodies(server.enrollment(), 400),
          honest,
          seconds);
      under(
          "632 unfinished packets",
          () -> Assault.unfinishedPackets(mqtt, hydra, 632),
          honest,
          seconds);
      under("wrong topics, 264 KiB", () -> Assault.wrongTopics(mqtt, loud), honest, seconds);
      quiet(honest, seconds);
    }
  }

  private static void quiet(LoadRun honest, long seconds) throws InterruptedException {
    print("no attack", honest.measure(seconds), "");
  }

  private static void under(String what, Supplier<Assault> begin, LoadRun honest, long seconds)
      throws InterruptedException, IOException {
    try (Assault assault = begin.get()) {
      TimeUnit.SECONDS.sleep(LEAD_IN_SECONDS);
      LoadRun.Result result = honest.measure(seconds);
      print(what, result, assault.summary((double) (seconds + LEAD_IN_SECONDS)));
    }
    TimeUnit.SECONDS.sleep(LEAD_IN_SECONDS);
  }

  private static void print(String what, LoadRun.Result result, String attack) {
    System.out.printf(
        ROOT,
        "under attack: %-24s p50 %6.1f ms, p99 %6.1f ms, %4.0f acknowledged/s, %d refused;"
            + " server %.2f cores  %s%n",
        what,
        result.p50Micros() / 1e3,
        result.p99Micros() / 1e3,
        result.perSecond(),
        result.refused(),
        result.cpu().process() / result.seconds(),
        attack);
  }
}
