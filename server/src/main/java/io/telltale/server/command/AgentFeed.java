package io.telltale.server.command;

import io.telltale.device.Agent;
import io.telltale.device.Delivery;
import io.telltale.device.FileMark;
import io.telltale.device.Machine;
import io.telltale.device.MqttPublisher;
import io.telltale.device.ReadingFile.Line;
import io.telltale.device.Standstill;
import io.telltale.device.Telemetry;
import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counted;
import io.telltale.kernel.ShellQuoting;
import io.telltale.server.Interruption;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/** Where an agent's readings come from, and what became of them. */
final class AgentFeed implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 64 * 1024;
  private static final JsonProfile LINES =
      new JsonProfile(JsonProfile.Bounds.of(LINE_BYTES_MAX, 2));
  private static final int UNANSWERED_MAX = 1_000;
  private static final long ANSWER_SECONDS_MAX = 60;
  private static final long LOCKED_OUT_SECONDS_MAX = 5;
  private static final long LOOK_MILLIS = 100;
  private static final int REFUSALS_TOLD = 20;
  private static final int REFUSED_ALL = 100;
  // Each try takes a sequence number, and those are reserved on the disk.
  private static final Executor AGAIN = CompletableFuture.delayedExecutor(5, TimeUnit.SECONDS);

  private final Agent agent;
  private final Message message;
  private final PrintWriter err;
  private final Semaphore unanswered = new Semaphore(UNANSWERED_MAX);
  private final AtomicInteger handed = new AtomicInteger();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger notTaken = new AtomicInteger();
  private final AtomicInteger told = new AtomicInteger();
  private volatile boolean ended;
  private volatile boolean fromFile;
  private final StateLine state = new StateLine();
  private volatile String progress = "";

  /** What every message of this agent says of itself. */
  record Message(String type, String firmware, Path folder) {}

  AgentFeed(Agent agent, Message message, PrintWriter err) {
    this.agent = agent;
    this.message = message;
    this.err = err;
  }

  /** One reading each interval until somebody asks to end. */
  void simulate(Duration interval, Interruption interruption) throws InterruptedException {
    var machine = new Machine(agent.device().hashCode(), false);
    while (true) {
      publish(machine.step(interval.toMillis() / 1e3), interruption);
      interruption.pause(interval.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** One reading a line until the input ends; a line that is none is said and passed over. */
  void lines(InputStream input, Interruption interruption)
      throws IOException, InterruptedException {
    var lines = new LineInput(input);
    long number = 0;
    for (String line = lines.next(interruption); line != null; line = lines.next(interruption)) {
      number++;
      Optional<Map<String, Double>> values = values(line);
      if (values.isPresent()) {
        publish(values.get(), interruption);
      } else if (!line.isBlank()) {
        refused.incrementAndGet();
        err.println(
            "line " + number + " is not a JSON object of numbers, each name once; passed over");
      }
    }
  }

  static Optional<Map<String, Double>> values(String line) {
    return LINES.read(Bytes.utf8(line)).filter(JsonNode::isObject).flatMap(AgentFeed::numbers);
  }

  private static Optional<Map<String, Double>> numbers(JsonNode object) {
    var values = new TreeMap<String, Double>();
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      if (!entry.getValue().isNumber()) {
        return Optional.empty();
      }
      values.put(entry.getKey(), entry.getValue().doubleValue());
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(values);
  }

  /**
   * The readings of a file, each kept in the queue together with how far the file was taken: what
   * an earlier run has taken is not taken again, however that ended.
   */
  void file(History history, Interruption interruption) throws IOException, InterruptedException {
    fromFile = true;
    switch (HistoryFile.open(history, file -> agent.taken(file).join())) {
      case HistoryFile.Opened.Unusable(String why) -> {
        refused.incrementAndGet();
        err.println(why);
      }
      case HistoryFile.Opened.Ready(HistoryFile file) -> {
        try (file) {
          if (file.skipped() > 0) {
            err.println(
                Counted.of(
                    file.skipped(),
                    "row was taken before; goes on behind it",
                    "rows were taken before; goes on behind them"));
          }
          rows(history, file, interruption);
        }
      }
    }
  }

  private void rows(History history, HistoryFile file, Interruption interruption)
      throws IOException, InterruptedException {
    long size = Files.size(history.path());
    boolean more = true;
    while (more && !isHopeless()) {
      switch (file.next()) {
        case Line.Sample reading -> {
          more = hand(history, reading, file.mark(), interruption);
          progress =
              "line %,d, %d %%"
                  .formatted(reading.line(), 100 * file.bytesRead() / Math.max(1, size));
        }
        case Line.Missing _ -> {}
        case Line.Refused(long line, String why) -> refuse(line, why);
        case Line.Broken(long line, String why) -> {
          refuse(line, why + "; nothing behind it was read");
          more = false;
        }
        case Line.End _ -> more = false;
      }
    }
  }

  // Of the first readings none was taken, and more of them will not be.
  private boolean isHopeless() {
    boolean refusesAll = refused.get() >= REFUSED_ALL || agent.refusal(message.type()).isPresent();
    return acknowledged.get() == 0 && refusesAll;
  }

  private void sayNothingTaken() {
    if (fromFile && acknowledged.get() == 0 && refused.get() > 0) {
      err.println(
          ("nothing was taken of %s, so nothing more was sent: mend what is refused, then"
                  + " begin again with --anew")
              .formatted(Counted.of(refused.get(), "reading")));
    }
  }

  private void say(Standstill standstill) {
    err.println(Counted.of(standstill.readings(), "reading waits", "readings wait") + " in vain:");
    standstill
        .types()
        .forEach(
            (type, why) ->
                err.println(
                    ("the server takes none of type %s: %s. Put a policy in force that allows it,"
                            + " then start again; or, if --type was wrong, take them out of the"
                            + " queue with './telltale agent --unsent-aside %s --device-data"
                            + " %s' and send the file again with the right --type")
                        .formatted(
                            type,
                            why,
                            ShellQuoting.quoted(type),
                            ShellQuoting.quoted(message.folder().toString()))));
  }

  private void refuse(long line, String why) {
    refused.incrementAndGet();
    if (told.incrementAndGet() <= REFUSALS_TOLD) {
      err.println("line %d refused: %s".formatted(line, why));
    }
  }

  /**
   * Returns once it is kept, so that the next one's place in the file is behind it; false where it
   * is not, since nothing is taken.
   */
  private boolean hand(
      History history, Line.Sample reading, FileMark mark, Interruption interruption)
      throws InterruptedException {
    while (!unanswered.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      interruption.check();
      if (isHopeless()) {
        return false;
      }
    }
    interruption.check();
    handed.incrementAndGet();
    var telemetry =
        new Telemetry(
            reading.time(),
            Map.of(history.metric(), reading.value()),
            history.unit().map(unit -> Map.of(history.metric(), unit)).orElse(Map.of()),
            Optional.empty(),
            message.firmware());
    MqttPublisher.Handed now = agent.publish(message.type(), telemetry, mark);
    while (!now.kept().join()) {
      // The queue is full: of what an earlier run has left, since few may be unanswered here.
      if (agent.standstill().join().isPresent()) {
        unanswered.release();
        return false;
      }
      interruption.pause(1, TimeUnit.SECONDS);
      now = agent.publish(message.type(), telemetry, mark);
    }
    now.answer()
        .thenAccept(
            delivery -> {
              if (delivery instanceof Delivery.Refused(int code, String reason)) {
                refuse(reading.line(), "0x%02x %s".formatted(code, reason));
              } else {
                count(delivery);
              }
              unanswered.release();
            });
    return true;
  }

  /** Waits where too much is unanswered: nothing is left out. */
  private void acquire(Interruption interruption) throws InterruptedException {
    while (!unanswered.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      interruption.check();
    }
    interruption.check();
  }

  private void publish(Map<String, Double> values, Interruption interruption)
      throws InterruptedException {
    acquire(interruption);
    hand(new Telemetry(Instant.now(), values, Map.of(), Optional.empty(), message.firmware()));
  }

  private void hand(Telemetry telemetry) {
    handed.incrementAndGet();
    agent
        .publish(message.type(), telemetry)
        .thenAccept(
            delivery -> {
              if (delivery instanceof Delivery.TryLater && !ended) {
                // Its permit stays taken meanwhile, so a full queue stops the input.
                AGAIN.execute(() -> hand(telemetry));
              } else {
                count(delivery);
                unanswered.release();
              }
            });
  }

  private void count(Delivery delivery) {
    switch (delivery) {
      case Delivery.Acknowledged _ -> acknowledged.incrementAndGet();
      case Delivery.Refused(int code, String reason) -> {
        refused.incrementAndGet();
        err.println("refused: 0x%02x %s".formatted(code, reason));
      }
      case Delivery.TryLater(int _, String reason) -> notTaken(reason);
      case Delivery.Unanswered(String why) -> notTaken(why);
    }
  }

  private void notTaken(String why) {
    notTaken.incrementAndGet();
    err.println("not taken: " + why);
  }

  /** Says what keeps readings here, if anything does: nobody should have to guess. */
  void sayState() {
    if (!progress.isEmpty() && !ended) {
      err.println(
          "%s: %,d acknowledged, %,d refused, %,d wait"
              .formatted(progress, acknowledged.get(), refused.get(), agent.kept()));
    }
    if (!ended) {
      state.next(agent.isWell(), StateLine.State.of(agent), agent.kept()).ifPresent(err::println);
    }
  }

  /** Waits for the last answers; the exit code. */
  int finish(Interruption interruption) throws InterruptedException {
    if (handed.get() == 0 && agent.kept() == 0 && agent.earlier().isNone()) {
      err.println("there was no reading to send, so nothing was sent");
      return refused.get() > 0 ? 1 : 0;
    }
    int left = Integer.MAX_VALUE;
    long waited = 0;
    long lockedOut = 0;
    while (waited < ANSWER_SECONDS_MAX && lockedOut < LOCKED_OUT_SECONDS_MAX) {
      lockedOut = agent.isLockedOut() ? lockedOut + 1 : 0;
      // As long as the server takes some, however slowly, there is no reason to leave.
      waited = agent.kept() < left ? 0 : waited + 1;
      left = agent.kept();
      boolean answered = unanswered.tryAcquire(UNANSWERED_MAX, 1, TimeUnit.SECONDS);
      if (answered && agent.kept() == 0) {
        sayNothingTaken();
        return notTaken.get() > 0 ? 3 : isAnyRefused() ? 1 : 0;
      }
      if (answered) {
        // What an earlier run left is still on its way.
        unanswered.release(UNANSWERED_MAX);
        interruption.pause(1, TimeUnit.SECONDS);
      }
      Optional<Standstill> standstill = agent.standstill().join();
      if (standstill.isPresent()) {
        say(standstill.get());
        return 3;
      }
      interruption.check();
    }
    String words = state.words(StateLine.State.of(agent));
    String why =
        lockedOut > 0 ? words : "no answer in %d s (%s)".formatted(ANSWER_SECONDS_MAX, words);
    err.println("telltale agent: %s; the readings are kept for the next start".formatted(why));
    return 3;
  }

  private boolean isAnyRefused() {
    return refused.get() > 0 || agent.earlier().refused() > 0;
  }

  @Override
  public void close() {
    ended = true;
    err.println("%d acknowledged, %d refused".formatted(acknowledged.get(), refused.get()));
    if (agent.kept() > 0) {
      err.println(
          "%s in %s for the next start (%s)"
              .formatted(
                  Counted.of(agent.kept(), "reading waits", "readings wait"),
                  message.folder(),
                  state.words(StateLine.State.of(agent))));
    }
    if (!agent.earlier().isNone()) {
      err.println(
          "of what an earlier run had kept: %d acknowledged, %d refused"
              .formatted(agent.earlier().acknowledged(), agent.earlier().refused()));
    }
    if (agent.asideCount() > 0) {
      err.println(
          "%s kept apart: ./telltale agent --list-aside --device-data %s"
              .formatted(
                  Counted.of(agent.asideCount(), "refused reading is", "refused readings are"),
                  ShellQuoting.quoted(message.folder().toString())));
    }
  }
}
