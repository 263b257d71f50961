package io.telltale.bench;

import static java.util.Locale.ROOT;

import java.util.ArrayList;
import java.util.List;

/**
 * Publishing under one shape: brokers by turns, warm, medians of the rounds and of their ratios.
 */
final class MessageBench {
  private static final long WARM_UP_MESSAGES = 300_000;
  private static final long ROUND_LEAD_IN_MILLIS = 1_000;

  private final List<Turn> turns;
  private final LoadShape shape;

  private record Turn(Side side, List<LoadRun.Result> results) {
    Broker broker() {
      return side.broker();
    }

    List<LoadClient> clients(LoadShape shape) {
      return side.clients().subList(0, shape.connections());
    }
  }

  /** The first of {@code sides} is what the others are compared with. */
  MessageBench(List<Side> sides, LoadShape shape) {
    this.turns = sides.stream().map(side -> new Turn(side, new ArrayList<>())).toList();
    this.shape = shape;
  }

  void run(int rounds, long seconds) throws InterruptedException {
    System.out.printf(
        ROOT,
        "%n%s: %d connections x %d in flight, %d B, QoS 1, TLS 1.3%n",
        shape.name(),
        shape.connections(),
        shape.inFlight(),
        BenchPayload.SIZE);
    for (Turn turn : turns) {
      try (var load = new LoadRun(turn.broker(), shape)) {
        load.start(turn.clients(shape));
        load.warmUp(WARM_UP_MESSAGES);
        print("warm-up", turn.broker(), load.measure(1));
      }
    }
    for (int round = 1; round <= rounds; round++) {
      for (Turn turn : turns) {
        turn.broker().settle();
        try (var load = new LoadRun(turn.broker(), shape)) {
          load.start(turn.clients(shape));
          Thread.sleep(ROUND_LEAD_IN_MILLIS);
          LoadRun.Result result = load.measure(seconds);
          turn.results().add(result);
          print("round " + round, turn.broker(), result);
        }
      }
    }
    turns.forEach(this::summary);
  }

  private void print(String round, Broker broker, LoadRun.Result result) {
    System.out.printf(
        ROOT,
        "%-9s %-8s %-20s %7.0f acked/s  p50 %6d us  p99 %7d us  cpu us/msg: process %5.2f%s%s%n",
        shape.name(),
        round,
        broker.name(),
        result.perSecond(),
        result.p50Micros(),
        result.p99Micros(),
        result.micros(result.cpu().process()),
        broker instanceof TelltaleServer ? split(result) : "",
        result.refused() == 0 ? "" : "  REFUSED " + result.refused());
  }

  private static String split(LoadRun.Result result) {
    var text = new StringBuilder();
    text.append(String.format(ROOT, " = door %.2f", result.micros(result.cpu().door())));
    for (Work work : Work.values()) {
      text.append(
          String.format(
              ROOT,
              " %s %.2f",
              work.name().toLowerCase(ROOT),
              result.micros(result.cpu().of(work))));
    }
    return text.toString();
  }

  private void summary(Turn turn) {
    Broker broker = turn.broker();
    List<LoadRun.Result> mine = turn.results();
    List<LoadRun.Result> first = turns.getFirst().results();
    boolean ours = broker instanceof TelltaleServer;
    var ratios = new ArrayList<Double>();
    var doorRatios = new ArrayList<Double>();
    for (int i = 0; i < mine.size(); i++) {
      double theirs = first.get(i).micros(first.get(i).cpu().process());
      ratios.add(theirs / mine.get(i).micros(mine.get(i).cpu().process()));
      doorRatios.add(theirs / mine.get(i).micros(mine.get(i).cpu().door()));
    }
    System.out.printf(
        ROOT,
        "%-9s MEDIAN   %-20s %7.0f acked/s  p50 %6.0f us  p99 %7.0f us  cpu us/msg: process %5.2f%s"
            + "  rate per core against %s: %.2f%s%n",
        shape.name(),
        broker.name(),
        Medians.of(mine.stream().map(LoadRun.Result::perSecond).toList()),
        Medians.of(mine.stream().map(one -> (double) one.p50Micros()).toList()),
        Medians.of(mine.stream().map(one -> (double) one.p99Micros()).toList()),
        Medians.of(mine.stream().map(one -> one.micros(one.cpu().process())).toList()),
        ours
            ? String.format(
                ROOT,
                " door %.2f",
                Medians.of(mine.stream().map(one -> one.micros(one.cpu().door())).toList()))
            : "",
        turns.getFirst().broker().name(),
        Medians.of(ratios),
        ours ? String.format(ROOT, ", the door alone %.2f", Medians.of(doorRatios)) : "");
  }
}
