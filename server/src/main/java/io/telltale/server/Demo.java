package io.telltale.server;

import io.telltale.crypto.Entropy;
import io.telltale.device.ReplayFile;
import io.telltale.device.SimulatedFleet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Runs the demo from start to end. */
final class Demo {
  private static final Duration DRAIN_MAX = Duration.ofSeconds(30);

  private final DemoSettings settings;
  private final Screen screen;
  private final CountDownLatch interrupted = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  Demo(DemoSettings settings, Screen screen) {
    this.settings = settings;
    this.screen = screen;
  }

  int run() throws IOException, InterruptedException {
    Optional<ReplaySource> replay = Optional.empty();
    if (settings.replay().isPresent()) {
      replay = source(settings.replay().get());
      if (replay.isEmpty()) {
        return 2;
      }
    }
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::stop));
    long start = System.nanoTime();
    try (Server server = Server.start(settings.config());
        Factory factory = new Factory(server, settings)) {
      screen.say(
          "Telltale is ready after %.1f s; data in %s, log in %s"
              .formatted(seconds(start), settings.config().data(), server.logFile()));
      return play(server, factory, replay, start);
    } finally {
      ended.countDown();
    }
  }

  private void stop() {
    interrupted.countDown();
    try {
      ended.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<ReplaySource> source(DemoSettings.Replay replay) {
    if (!ReplaySource.knowsUnit(replay.unit())) {
      screen.say(
          "telltale demo: unknown --unit %s; known: %s"
              .formatted(replay.unit(), ReplaySource.units()));
      return Optional.empty();
    }
    return switch (ReplayFile.read(replay.file(), replay.valueColumn())) {
      case ReplayFile.Parsed.Unreadable(String why) -> {
        screen.say("telltale demo: " + why);
        yield Optional.empty();
      }
      case ReplayFile.Parsed.Rows(var rows) ->
          Optional.of(ReplaySource.of(rows, settings.devices(), replay.unit(), Instant.now()));
    };
  }

  private int play(Server server, Factory factory, Optional<ReplaySource> replay, long start)
      throws IOException, InterruptedException {
    factory.enrollAll();
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
      var story = new Story(server, settings, factory, screen);
      story.plant();
      watch(server, fleet, settings.seconds());
      if (interrupted.getCount() == 0) {
        return 1;
      }
      if (replay.isPresent()) {
        finishReplay(server, fleet, replay.get());
      }
      tell(story, replay, start);
      if (!settings.once()) {
        stay(server, fleet);
      }
      return story.failures() == 0 ? 0 : 1;
    }
  }

  private void tell(Story story, Optional<ReplaySource> replay, long start)
      throws IOException, InterruptedException {
    Path proof = settings.config().data().resolve("operator").resolve("proof.json");
    String metric = replay.map(ReplaySource::metric).orElse("temperature");
    String sql =
        "SELECT round(avg(value), 3) AS average, count(*) AS readings FROM readings"
            + " WHERE metric = '%s' AND device = 'press-01'".formatted(metric);
    story.number(sql);
    screen.say("  first traced number %.1f s after the start".formatted(seconds(start)));
    story.proof(sql, proof);
    story.attacks();
    story.revoke();
    story.search();
  }

  private void watch(Server server, SimulatedFleet fleet, int seconds) throws InterruptedException {
    var summary = new Summary(server, fleet);
    for (int i = 0; i < seconds && interrupted.getCount() > 0; i++) {
      if (interrupted.await(1, TimeUnit.SECONDS)) {
        return;
      }
      if (screen.isTerminal() || i % 5 == 4) {
        screen.status(summary.line());
      }
    }
  }

  /** Every row of the file must be answered and stored before its number is asked for. */
  private void finishReplay(Server server, SimulatedFleet fleet, ReplaySource source)
      throws InterruptedException {
    long end = System.nanoTime() + DRAIN_MAX.toNanos();
    while (System.nanoTime() < end
        && (fleet.counts().acknowledged() + fleet.counts().refused() < source.size()
            || server.lag() > 0)) {
      TimeUnit.MILLISECONDS.sleep(200);
    }
    screen.say(
        String.format(
            Locale.ROOT,
            "%,d of %,d readings acknowledged, %,d refused %s",
            fleet.counts().acknowledged(),
            source.size(),
            fleet.counts().refused(),
            fleet.refusals().isEmpty() ? "" : fleet.refusals().toString()));
  }

  private void stay(Server server, SimulatedFleet fleet) throws InterruptedException {
    screen.say("");
    server.thingsToTry().forEach(line -> screen.say("  " + line));
    screen.say("Ctrl-C ends it; the next start goes on with the same data.");
    var summary = new Summary(server, fleet);
    long every = screen.isTerminal() ? 1 : 10;
    while (!interrupted.await(every, TimeUnit.SECONDS)) {
      screen.status(summary.line());
    }
  }

  private static double seconds(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
