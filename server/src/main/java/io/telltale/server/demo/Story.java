package io.telltale.server.demo;

import io.telltale.crypto.EcdsaP256;
import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.Enroller;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.device.TlsMaterial;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.ShellQuoting;
import io.telltale.server.Config;
import io.telltale.server.Forgery;
import io.telltale.server.Server;
import io.telltale.server.data.TrustBundleFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.json.JsonMapper;

/** What the demo proves, step by step, with commands that a person can type too. */
final class Story {
  private static final int LINES_SHOWN_MAX = 24;
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
  // No machine of the demo ever reports this: wherever it shows up, it leaked.
  static final double PLANTED = 77.31415926535;

  private final Server server;
  private final DemoSettings settings;
  private final Factory factory;
  private final Screen screen;
  private final Shell shell;
  private int failures;

  /** Where it is told, and where commands are typed. */
  record Stage(Screen screen, Shell shell) {}

  Story(Server server, DemoSettings settings, Factory factory, Stage stage) {
    this.server = server;
    this.settings = settings;
    this.factory = factory;
    this.screen = stage.screen();
    this.shell = stage.shell();
  }

  int failures() {
    return failures;
  }

  /** A machine reports a value that can be searched for later. */
  void plant() {
    Factory.Unit unit = factory.probe(0);
    long sequence = unusedSequence();
    Delivery delivery = publish(unit, unit.id().name(), payload(sequence, PLANTED));
    check(
        delivery instanceof Delivery.Acknowledged,
        "a reading to search for was admitted from " + unit.id().name());
  }

  /**
   * {@code where} for the records that are stored now alone: the number, what is traced and what is
   * proven are then of the same rows, while the machines go on.
   */
  String untilNow(String where) {
    Shell.Ran ran =
        shell.here(
            "query",
            "SELECT max(record_offset) AS newest FROM readings WHERE " + where,
            "--json",
            "--data",
            data().toString());
    // What went wrong is seen when the number itself is asked for.
    return ran.ok()
        ? "%s AND record_offset <= %d"
            .formatted(
                where,
                JsonMapper.shared().readTree(ran.output()).path("rows").path(0).path(0).asLong())
        : where;
  }

  private Path data() {
    return settings.config().data();
  }

  void number(String sql) {
    screen.heading("A number, and where it comes from");
    show("query", "query", sql);
    show("trace", "trace", "--query", sql);
  }

  void proof(String sql, Path proof) throws IOException, InterruptedException {
    screen.heading("Proven without this server");
    show("proof", "proof", "export", "--query", sql, "--out", proof.toString());
    verifyElsewhere(proof);
  }

  private void show(String what, String... arguments) {
    Shell.Ran ran = type(arguments);
    check(ran.ok(), what + " answered");
  }

  private Shell.Ran type(String... arguments) {
    var shown = new StringJoiner(" ").add("./telltale");
    for (String argument : arguments) {
      shown.add(ShellQuoting.quoted(argument));
    }
    if (!data().equals(Config.DATA_DEFAULT)) {
      shown.add("--data").add(ShellQuoting.quoted(data().toString()));
    }
    screen.command(shown.toString());
    var all = new ArrayList<>(List.of(arguments));
    all.add("--data");
    all.add(data().toString());
    Shell.Ran ran = shell.here(all.toArray(String[]::new));
    print(ran);
    return ran;
  }

  private void print(Shell.Ran ran) {
    List<String> lines = ran.lines();
    lines.stream().limit(LINES_SHOWN_MAX).forEach(line -> screen.say("  " + line));
    if (lines.size() > LINES_SHOWN_MAX) {
      screen.say("  ... " + (lines.size() - LINES_SHOWN_MAX) + " more lines");
    }
  }

  /** Another process, an empty folder: nothing but the proof and the trust bundle. */
  private void verifyElsewhere(Path proof) throws IOException, InterruptedException {
    Path desk = Files.createTempDirectory("telltale-auditor");
    Path bundle = TrustBundleFile.in(server.folder());
    Files.copy(proof, desk.resolve("proof.json"));
    Files.copy(bundle, desk.resolve("trust-bundle.json"));
    screen.command(
        "./telltale verify %s --trust %s"
            .formatted(
                ShellQuoting.quoted(proof.toString()), ShellQuoting.quoted(bundle.toString())));
    screen.say("  (here by a process in an empty folder, with copies of these two files alone)");
    Shell.Ran ran = shell.elsewhere(desk, "verify", "proof.json", "--trust", "trust-bundle.json");
    print(ran);
    check(ran.ok(), "an auditor with the proof and the trust bundle verified it offline");
    byte[] altered = Files.readAllBytes(desk.resolve("proof.json"));
    int at = altered.length / 2;
    altered[at] = (byte) (altered[at] == 'A' ? 'B' : 'A');
    Files.write(desk.resolve("proof.json"), altered);
    Shell.Ran again = shell.elsewhere(desk, "verify", "proof.json", "--trust", "trust-bundle.json");
    check(!again.ok(), "the same proof with one byte changed was rejected");
    Files.delete(desk.resolve("proof.json"));
    Files.delete(desk.resolve("trust-bundle.json"));
    Files.delete(desk);
  }

  void attacks() {
    screen.heading("What is refused");
    replay();
    otherTopic();
    tokenTwice();
    unregistered();
  }

  private void replay() {
    Factory.Unit unit = factory.probe(1);
    long sequence = unusedSequence();
    Bytes captured = payload(sequence, 60.5);
    Delivery first = publish(unit, unit.id().name(), captured);
    Delivery second = publish(unit, unit.id().name(), captured);
    check(
        first instanceof Delivery.Acknowledged && second instanceof Delivery.Acknowledged,
        "a captured message sent again: known, acknowledged with its old place");
    Delivery altered = publish(unit, unit.id().name(), payload(sequence, 99.5));
    check(
        altered instanceof Delivery.Refused,
        "another reading under its sequence number: " + describe(altered));
  }

  private void otherTopic() {
    Factory.Unit unit = factory.probe(1);
    String victim = factory.units().get(0).id().name();
    long sequence = unusedSequence();
    Delivery delivery = publish(unit, victim, payload(sequence, 60.5));
    check(
        delivery instanceof Delivery.Refused,
        unit.id().name() + " on the topic of " + victim + ": " + describe(delivery));
  }

  private void tokenTwice() {
    Optional<Factory.Unit> unit =
        factory.units().stream().filter(some -> !some.spentToken().isEmpty()).findFirst();
    if (unit.isEmpty()) {
      screen.say("  (no token was spent in this run: every machine was enrolled before)");
      return;
    }
    Enroller.Enrolled outcome =
        factory
            .enroller()
            .enroll(unit.get().id().name(), unit.get().spentToken(), EcdsaP256.generate());
    String said =
        outcome instanceof Enroller.Enrolled.Refused(int status, String reason)
            ? status + " " + reason
            : outcome.toString();
    check(
        outcome instanceof Enroller.Enrolled.Refused,
        "an enrollment token used a second time: " + said);
  }

  private void unregistered() {
    TlsMaterial stolen = Forgery.with(server, "ghost-01");
    long before = server.refusals().getOrDefault("unregistered", 0L);
    Connected outcome =
        await(
            factory
                .connector()
                .connect(
                    factory.door(), MqttConnector.tls(stolen, InstantSource.system()), "ghost-01"));
    String said = outcome instanceof Connected.Failed(String why) ? why : outcome.toString();
    boolean counted = server.refusals().getOrDefault("unregistered", 0L) > before;
    check(
        outcome instanceof Connected.Failed && counted,
        "a certificate of our own CA that is not registered: "
            + said
            + (counted ? ", counted as unregistered" : ", and was not counted"));
  }

  void revoke() {
    screen.heading("Cut off");
    Factory.Unit unit = factory.probe(2);
    Connected outcome =
        await(factory.connector().connect(factory.door(), unit.tls(), unit.id().name()));
    if (!(outcome instanceof Connected.Ready(MqttConnection session))) {
      check(false, "a session to cut: " + outcome);
      return;
    }
    long[] cutNanos = new long[1];
    session.closed().thenRun(() -> cutNanos[0] = System.nanoTime());
    long start = System.nanoTime();
    Shell.Ran ran =
        type("device", "revoke", unit.id().name(), "--reason", "demo: pretend it was stolen");
    String why = await(session.closed());
    double millis = (cutNanos[0] - start) / 1e6;
    check(
        ran.ok() && !session.isOpen(),
        "the live session of %s was cut %.1f ms after the command began (%s)"
            .formatted(unit.id().name(), millis, why));
    Connected again =
        await(factory.connector().connect(factory.door(), unit.tls(), unit.id().name()));
    check(!(again instanceof Connected.Ready), "it cannot come back with its certificate");
  }

  void search() throws IOException {
    screen.heading("Nothing in the clear");
    byte[] text = Double.toString(PLANTED).getBytes(StandardCharsets.US_ASCII);
    byte[] little =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(PLANTED).array();
    byte[] big = ByteBuffer.allocate(8).putDouble(PLANTED).array();
    ByteSearch.Found found = ByteSearch.search(data(), List.of(text, little, big));
    check(
        found.hits().isEmpty(),
        "the planted reading %s in %,d files, %,d bytes of %s: found in %d"
            .formatted(
                PLANTED,
                found.files(),
                found.bytes(),
                settings.config().data(),
                found.hits().size()));
    found.hits().forEach(hit -> screen.say("        " + hit));
  }

  private Delivery publish(Factory.Unit as, String topicOf, Bytes payload) {
    Connected outcome =
        await(factory.connector().connect(factory.door(), as.tls(), as.id().name()));
    if (!(outcome instanceof Connected.Ready(MqttConnection session))) {
      return new Delivery.Unanswered(outcome.toString());
    }
    Delivery delivery =
        await(session.publish("t/default/d/" + topicOf + "/telemetry", payload, false));
    session.close();
    return delivery;
  }

  private static Bytes payload(long sequence, double celsius) {
    Instant now = Instant.now();
    return new Telemetry(now, Map.of("temperature", celsius), Map.of(), Optional.empty(), "1.4.2")
        .payload(sequence, now);
  }

  /** Far above what the machine itself uses, and new in every run. */
  private static long unusedSequence() {
    return System.currentTimeMillis() * 1_000 + System.nanoTime() % 1_000;
  }

  private static String describe(Delivery delivery) {
    return switch (delivery) {
      case Delivery.Acknowledged _ -> "acknowledged";
      case Delivery.Refused(int code, String reason) -> "0x%02x %s".formatted(code, reason);
      case Delivery.TryLater(int code, String reason) -> "later, 0x%02x %s".formatted(code, reason);
      case Delivery.Unanswered(String why) -> "no answer: " + why;
    };
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("no answer in " + ANSWER_MAX.toSeconds() + " s", e);
    }
  }

  private void check(boolean good, String what) {
    if (!good) {
      failures++;
    }
    screen.outcome(good, what);
  }
}
