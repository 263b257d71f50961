package io.telltale.bench;

import static java.util.Locale.ROOT;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * Our whole process beside the plain stack under the same steady load, by turns: first CPU of all
 * that runs and bytes on the disk, then the same while somebody asks, and from PUBLISH to a query
 * that shows the row.
 */
final class StackBench {
  private static final long WARM_UP_SECONDS = 60;
  private static final long POLL_MILLIS = 20;
  private static final long GIVE_UP_MILLIS = 60_000;
  private static final LoadShape SHAPE = LoadShape.PACED;

  private final List<Turn> turns;

  private static final class Turn {
    final Line line;
    final List<LoadClient> clients;
    final List<Double> micros = new ArrayList<>();
    final Map<String, List<Double>> byPart = new LinkedHashMap<>();
    final List<Double> askedMicros = new ArrayList<>();
    final List<Double> bytes = new ArrayList<>();
    final Histogram delays = new Histogram(2 * GIVE_UP_MILLIS, 3);

    Turn(Line line) {
      this.line = line;
      this.clients = line.broker().clients(SHAPE.connections() + 1);
    }
  }

  /** The first of {@code lines} is what the others are compared with. */
  StackBench(List<Line> lines) {
    this.turns = lines.stream().map(Turn::new).toList();
  }

  void run(int rounds, long seconds) throws IOException, InterruptedException {
    System.out.printf(
        ROOT, "%nstack: %d devices, a message each 100 ms, %d B%n", 500, BenchPayload.SIZE);
    for (Turn turn : turns) {
      round(turn, 0, WARM_UP_SECONDS);
    }
    turns.forEach(
        turn -> {
          turn.micros.clear();
          turn.byPart.clear();
          turn.askedMicros.clear();
          turn.bytes.clear();
          turn.delays.reset();
        });
    for (int round = 1; round <= rounds; round++) {
      for (Turn turn : turns) {
        round(turn, round, seconds);
      }
    }
    turns.forEach(this::summary);
  }

  private void round(Turn turn, int round, long seconds) throws IOException, InterruptedException {
    Line line = turn.line;
    line.broker().settle();
    LoadClient asking = turn.clients.getLast();
    try (var load = new LoadRun(line.broker(), SHAPE);
        var connector = new Connector()) {
      load.start(turn.clients.subList(0, SHAPE.connections()));
      var probe = new Probe(asking);
      connector.open(line.broker().address(), asking.tls(LoadClient.CLASSICAL), probe);
      probe.ready.join();
      TimeUnit.SECONDS.sleep(2);
      measured(turn, round, seconds, load);
      asked(turn, round, seconds, load, probe);
    }
  }

  /** What it costs to take and to keep. */
  private void measured(Turn turn, int round, long seconds, LoadRun load)
      throws IOException, InterruptedException {
    Line line = turn.line;
    long bytesBefore = bytes(line.stored());
    var meter = new Meter(line, load);
    TimeUnit.SECONDS.sleep(seconds);
    Spent spent = meter.spent();
    spent.byPart.forEach(
        (name, micros) -> turn.byPart.computeIfAbsent(name, _ -> new ArrayList<>()).add(micros));
    turn.micros.add(spent.micros());
    turn.bytes.add((bytes(line.stored()) - bytesBefore) / (double) spent.messages);
    print("round " + round, line, spent);
  }

  /** What is asked meanwhile: how soon it shows, and what it costs in all. */
  private void asked(Turn turn, int round, long seconds, LoadRun load, Probe probe)
      throws IOException, InterruptedException {
    Line line = turn.line;
    var meter = new Meter(line, load);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      long delay = once(line, probe, turn.clients.getLast().id());
      turn.delays.recordValue(Math.min(2 * GIVE_UP_MILLIS, delay));
      // Who is slower is asked more often.
      TimeUnit.MILLISECONDS.sleep(1_000);
    }
    Spent spent = meter.spent();
    turn.askedMicros.add(spent.micros());
    print("asked " + round, line, spent);
  }

  /** CPU of all that runs between two moments, in microseconds a message. */
  private record Spent(Map<String, Double> byPart, long messages, double seconds) {
    double micros() {
      return byPart.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  private static final class Meter {
    private final Line line;
    private final LoadRun load;
    private final List<Line.Part> before;
    private final long sentBefore;
    private final long begun = System.nanoTime();

    Meter(Line line, LoadRun load) {
      this.line = line;
      this.load = load;
      this.before = line.parts();
      this.sentBefore = load.acknowledged();
    }

    Spent spent() {
      long messages = load.acknowledged() - sentBefore;
      var byPart = new LinkedHashMap<String, Double>();
      List<Line.Part> after = line.parts();
      for (int i = 0; i < after.size(); i++) {
        double seconds = after.get(i).cpuSeconds() - before.get(i).cpuSeconds();
        byPart.put(after.get(i).name(), seconds * 1e6 / messages);
      }
      return new Spent(byPart, messages, (System.nanoTime() - begun) / 1e9);
    }
  }

  private static void print(String when, Line line, Spent spent) {
    System.out.printf(
        ROOT,
        "stack     %-8s %-20s %7.0f acked/s  cpu us/msg: %5.1f =%s%n",
        when,
        line.broker().name(),
        spent.messages / spent.seconds,
        spent.micros(),
        parts(spent.byPart));
  }

  private static String parts(Map<String, Double> byPart) {
    var text = new StringBuilder();
    byPart.forEach((name, micros) -> text.append(String.format(ROOT, " %s %.1f", name, micros)));
    return text.toString();
  }

  private static long once(Line line, Probe probe, String device)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    long sequence = probe.publish();
    while (!line.shows(device, sequence)) {
      if (millisSince(start) > GIVE_UP_MILLIS) {
        throw new IllegalStateException(sequence + " is not there after a minute");
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return millisSince(start);
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  private static long bytes(Path folder) throws IOException {
    var sum = new AtomicLong();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes facts) {
            sum.addAndGet(facts.size());
            return FileVisitResult.CONTINUE;
          }

          // Both servers delete files all the time.
          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    return sum.get();
  }

  private void summary(Turn turn) {
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < turn.micros.size(); i++) {
      ratios.add(turns.getFirst().micros.get(i) / turn.micros.get(i));
    }
    var medians = new LinkedHashMap<String, Double>();
    turn.byPart.forEach((name, all) -> medians.put(name, Medians.of(all)));
    System.out.printf(
        ROOT,
        "stack     MEDIAN   %-20s cpu us/msg: %5.1f =%s, %.1f while asked; %.0f B/msg on the disk;"
            + " queryable p50 %d ms, p99 %d ms (%d samples); rate per core against the plain"
            + " stack: %.2f%n",
        turn.line.broker().name(),
        Medians.of(turn.micros),
        parts(medians),
        Medians.of(turn.askedMicros),
        Medians.of(turn.bytes),
        turn.delays.getValueAtPercentile(50),
        turn.delays.getValueAtPercentile(99),
        turn.delays.getTotalCount(),
        Medians.of(ratios));
  }
}
