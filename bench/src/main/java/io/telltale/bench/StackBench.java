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
 * Our whole process beside the plain stack under the same steady load, by turns: CPU of all that
 * runs, from PUBLISH to a query that shows the row, bytes on the disk.
 */
final class StackBench {
  private static final long WARM_UP_SECONDS = 120;
  private static final long POLL_MILLIS = 20;
  private static final long GIVE_UP_MILLIS = 60_000;
  private static final LoadShape SHAPE = LoadShape.PACED;

  private final List<Turn> turns;

  private static final class Turn {
    final Line line;
    final List<LoadClient> clients;
    final List<Double> micros = new ArrayList<>();
    final Map<String, List<Double>> byPart = new LinkedHashMap<>();
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
      long bytesBefore = bytes(line.stored());
      List<Line.Part> before = line.parts();
      long sentBefore = load.acknowledged();
      long begun = System.nanoTime();
      long end = begun + TimeUnit.SECONDS.toNanos(seconds);
      while (System.nanoTime() < end) {
        turn.delays.recordValue(Math.min(2 * GIVE_UP_MILLIS, once(line, probe, asking.id())));
        // What it costs to ask counts, and who is slower is asked more often.
        TimeUnit.MILLISECONDS.sleep(1_000);
      }
      long messages = load.acknowledged() - sentBefore;
      double elapsed = (System.nanoTime() - begun) / 1e9;
      List<Line.Part> after = line.parts();
      double sum = 0;
      var text = new StringBuilder();
      for (int i = 0; i < after.size(); i++) {
        double micros = (after.get(i).cpuSeconds() - before.get(i).cpuSeconds()) * 1e6 / messages;
        sum += micros;
        turn.byPart.computeIfAbsent(after.get(i).name(), _ -> new ArrayList<>()).add(micros);
        text.append(String.format(ROOT, " %s %.1f", after.get(i).name(), micros));
      }
      turn.micros.add(sum);
      turn.bytes.add((bytes(line.stored()) - bytesBefore) / (double) messages);
      System.out.printf(
          ROOT,
          "stack     round %d  %-20s %7.0f acked/s  cpu us/msg: %5.1f =%s%n",
          round,
          line.broker().name(),
          messages / elapsed,
          sum,
          text);
    }
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
    var parts = new StringBuilder();
    turn.byPart.forEach(
        (name, all) -> parts.append(String.format(ROOT, " %s %.1f", name, Medians.of(all))));
    System.out.printf(
        ROOT,
        "stack     MEDIAN   %-20s cpu us/msg: %5.1f =%s; %.0f B/msg on the disk; queryable p50 %d"
            + " ms, p99 %d ms (%d samples); rate per core against the plain stack: %.2f%n",
        turn.line.broker().name(),
        Medians.of(turn.micros),
        parts,
        Medians.of(turn.bytes),
        turn.delays.getValueAtPercentile(50),
        turn.delays.getValueAtPercentile(99),
        turn.delays.getTotalCount(),
        Medians.of(ratios));
  }
}
