package io.telltale.server.demo;

import io.telltale.crypto.Entropy;
import io.telltale.device.SimulatedFleet;
import io.telltale.server.Interruption;
import io.telltale.server.Server;
import io.telltale.server.replay.ReplaySource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs the demo from start to end. */
final class Demo {
  private static final Duration DRAIN_MAX = Duration.ofSeconds(30);
  private static final int INTERRUPTED = 130; // 128 + SIGINT, as shells say it
  // What the factory's machines measure, by the unit of a replayed file.
  private static final Map<String, String> METRICS =
      Map.of(
          "degC",
          "temperature",
          "degF",
          "temperature",
          "K",
          "temperature",
          "mm/s",
          "vibration",
          "kPa",
          "pressure",
          "bar",
          "pressure",
          "psi",
          "pressure",
          "kW",
          "power",
          "W",
          "power");

  private final DemoSettings settings;
  private final Screen screen;
  private final Shell shell;
  private final Interruption interruption;

  Demo(DemoSettings settings, Story.Stage stage, Interruption interruption) {
    this.settings = settings;
    this.screen = stage.screen();
    this.shell = stage.shell();
    this.interruption = interruption;
  }

  /** The exit code. */
  int run() throws IOException {
    try {
      return start();
    } catch (InterruptedException e) {
      screen.say("stopped; the next start goes on with the data in " + settings.config().data());
      return INTERRUPTED;
    } finally {
      interruption.end();
    }
  }

  private int start() throws IOException, InterruptedException {
    Optional<ReplaySource> replay = Optional.empty();
    if (settings.replay().isPresent()) {
      replay = source(settings.replay().get());
      if (replay.isEmpty()) {
        return 2;
      }
    }
    try {
      return start(replay);
    } finally {
      replay.ifPresent(ReplaySource::close);
    }
  }

  private int start(Optional<ReplaySource> replay) throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (Server server = Server.start(settings.config());
        Factory factory = new Factory(server, settings)) {
      screen.say(
          "Telltale is ready after %.1f s; data in %s, log in %s"
              .formatted(seconds(start), settings.config().data(), server.logFile()));
      try {
        interruption.check();
        return play(server, factory, replay, start);
      } catch (InterruptedException e) {
        server.endsBecause(Interruption.WHY);
        throw e;
      }
    }
  }

  private Optional<ReplaySource> source(DemoSettings.Replay replay) {
    String metric = METRICS.get(replay.unit());
    if (metric == null) {
      screen.say(
          "telltale demo: unknown --unit %s; known: %s"
              .formatted(
                  replay.unit(), String.join(", ", METRICS.keySet().stream().sorted().toList())));
      return Optional.empty();
    }
    var share = new ReplaySource.Share(settings.devices(), metric, replay.unit(), Instant.now());
    return switch (ReplaySource.open(replay.file(), replay.format(), share)) {
      case ReplaySource.Opened.Unreadable(String why) -> {
        screen.say("telltale demo: " + why);
        yield Optional.empty();
      }
      case ReplaySource.Opened.Ready(ReplaySource source) -> {
        source.contents().refusals().forEach(line -> screen.say("refused: " + line));
        yield Optional.of(source);
      }
    };
  }

  private int play(Server server, Factory factory, Optional<ReplaySource> replay, long start)
      throws IOException, InterruptedException {
    factory.enrollAll(interruption);
    screen.say(
        "%d machines enrolled with keys of their own after %.1f s"
            .formatted(factory.units().size(), seconds(start)));
    replay.ifPresent(source -> screen.say("replaying " + source.describe()));
    SimulatedFleet fleet =
        replay
            .map(source -> factory.replayed(source, Entropy.system()))
            .orElseGet(() -> factory.simulated(Entropy.system()));
    try (fleet) {
      fleet.start(replay.map(source -> source.intervalMillis(settings.seconds())).orElse(1_000L));
      var story = new Story(server, settings, factory, new Story.Stage(screen, shell));
      story.plant();
      watch(server, fleet, settings.seconds());
      if (replay.isPresent()) {
        finishReplay(server, fleet, replay.get());
      }
      tell(story, replay, start);
      if (!settings.once()) {
        stay(server, factory, fleet);
      }
      return story.failures() == 0 ? 0 : 1;
    }
  }

  private void tell(Story story, Optional<ReplaySource> replay, long start)
      throws IOException, InterruptedException {
    Path proof = settings.config().data().resolve("operator").resolve("proof.json");
    String metric = replay.map(ReplaySource::metric).orElse("temperature");
    String where = story.untilNow("metric = '%s' AND device = 'press-01'".formatted(metric));
    String sql =
        "SELECT round(avg(value), 3) AS average, count(*) AS readings FROM readings WHERE " + where;
    story.number(sql);
    interruption.check();
    screen.say("  first traced number %.1f s after the start".formatted(seconds(start)));
    story.proof(sql, proof);
    interruption.check();
    story.attacks();
    interruption.check();
    story.revoke();
    interruption.check();
    story.search();
  }

  private void watch(Server server, SimulatedFleet fleet, int seconds) throws InterruptedException {
    var summary = new Summary(server, fleet);
    for (int i = 0; i < seconds; i++) {
      interruption.pause(1, TimeUnit.SECONDS);
      if (screen.isTerminal() || i % 5 == 4) {
        summary.show(screen);
      }
    }
  }

  /** Every row of the file must be answered and stored before its number is asked for. */
  private void finishReplay(Server server, SimulatedFleet fleet, ReplaySource source)
      throws InterruptedException {
    long end = System.nanoTime() + DRAIN_MAX.toNanos();
    while (System.nanoTime() < end
        && (fleet.counts().acknowledged() + fleet.counts().refused() < source.contents().readings()
            || server.lag() > 0)) {
      interruption.pause(200, TimeUnit.MILLISECONDS);
    }
    screen.say(
        String.format(
            Locale.ROOT,
            "%,d of %,d readings acknowledged, %,d refused %s",
            fleet.counts().acknowledged(),
            source.contents().readings(),
            fleet.counts().refused(),
            fleet.refusals().isEmpty() ? "" : fleet.refusals().toString()));
  }

  private void stay(Server server, Factory factory, SimulatedFleet fleet)
      throws InterruptedException {
    screen.heading("Yours to try, in another terminal");
    factory.guest().publishing().forEach(line -> screen.say("  " + line));
    Path data = settings.config().data();
    factory.guest().moreToTry(data).forEach(line -> screen.say("  " + line));
    screen.say("");
    screen.say("Ctrl-C ends it; the next start goes on with the same data.");
    screen.say("");
    var summary = new Summary(server, fleet);
    while (true) {
      interruption.pause(screen.isTerminal() ? 1 : 10, TimeUnit.SECONDS);
      summary.show(screen);
    }
  }

  private static double seconds(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
