package io.telltale.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** {@code messages [rounds] [seconds]}: both brokers under both shapes, interleaved. */
final class BenchMain {
  private static final long WARM_UP_SECONDS = 8;

  private BenchMain() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    long seconds = arguments.length > 1 ? Long.parseLong(arguments[1]) : 8;
    Path folder = Files.createTempDirectory("telltale-bench");
    try (Mosquitto mosquitto = Mosquitto.start(folder.resolve("mosquitto"));
        TelltaleServer telltale = TelltaleServer.start(folder.resolve("telltale"))) {
      List<Broker> brokers = List.of(mosquitto, telltale);
      for (LoadShape shape : List.of(LoadShape.PIPELINED, LoadShape.FLEET)) {
        messages(brokers, shape, rounds, seconds);
      }
    }
  }

  private static void messages(List<Broker> brokers, LoadShape shape, int rounds, long seconds)
      throws InterruptedException {
    var clients = new ArrayList<List<LoadClient>>();
    for (Broker broker : brokers) {
      clients.add(broker.clients(shape.connections()));
    }
    double[][] cpu = new double[brokers.size()][rounds];
    for (int round = -1; round < rounds; round++) {
      for (int i = 0; i < brokers.size(); i++) {
        LoadRun.Result result = measure(brokers.get(i), shape, clients.get(i), round, seconds);
        if (round >= 0) {
          cpu[i][round] = result.cpuMicrosPerMessage();
        }
      }
    }
    for (int i = 0; i < brokers.size(); i++) {
      System.out.printf(
          Locale.ROOT,
          "%s %s: median %.1f us of CPU a message%n",
          shape.name(),
          brokers.get(i).name(),
          median(cpu[i]));
    }
  }

  private static LoadRun.Result measure(
      Broker broker, LoadShape shape, List<LoadClient> clients, int round, long seconds)
      throws InterruptedException {
    try (var load = new LoadRun(broker, shape)) {
      load.start(clients);
      Thread.sleep(round < 0 ? WARM_UP_SECONDS * 1_000 : 1_000);
      LoadRun.Result result = load.measure(seconds);
      System.out.printf(
          Locale.ROOT,
          "%-9s round %d %-9s %8.0f acked/s %6.1f us cpu/msg p50 %6d us p99 %7d us refused %d%n",
          shape.name(),
          round,
          broker.name(),
          result.perSecond(),
          result.cpuMicrosPerMessage(),
          result.p50Micros(),
          result.p99Micros(),
          result.refused());
      return result;
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
