package io.telltale.server.command;

import io.telltale.device.Agent;
import io.telltale.device.Delivery;
import io.telltale.device.Machine;
import io.telltale.device.Telemetry;
import io.telltale.server.Interruption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Where an agent's readings come from, and what became of them. */
final class AgentFeed implements AutoCloseable {
  private static final int UNANSWERED_MAX = 1_000;
  private static final int LINE_CHARS_MAX = 64 * 1024;
  private static final long ANSWER_SECONDS_MAX = 60;

  private final Agent agent;
  private final Message message;
  private final PrintWriter err;
  private final Semaphore unanswered = new Semaphore(UNANSWERED_MAX);
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  /** What every message of this agent says of itself. */
  record Message(String type, String firmware) {}

  AgentFeed(Agent agent, Message message, PrintWriter err) {
    this.agent = agent;
    this.message = message;
    this.err = err;
  }

  /** One reading each interval until somebody asks to end. */
  void simulate(Duration interval, Interruption interruption) throws InterruptedException {
    var machine = new Machine(agent.device().hashCode(), false);
    while (true) {
      publish(machine.step(interval.toMillis() / 1e3));
      interruption.pause(interval.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** One reading a line until the input ends; a line that is none is said and passed over. */
  void lines(InputStream input, Interruption interruption)
      throws IOException, InterruptedException {
    var reader = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
    long number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      interruption.check();
      number++;
      Optional<Map<String, Double>> values = values(line);
      if (values.isPresent()) {
        publish(values.get());
      } else if (!line.isBlank()) {
        refused.incrementAndGet();
        err.println("line " + number + " is not a JSON object of numbers; passed over");
      }
    }
  }

  private static Optional<Map<String, Double>> values(String line) {
    if (line.length() > LINE_CHARS_MAX) {
      return Optional.empty();
    }
    try {
      JsonNode root = JsonMapper.shared().readTree(line);
      var values = new TreeMap<String, Double>();
      for (Map.Entry<String, JsonNode> entry : root.properties()) {
        if (!entry.getValue().isNumber()) {
          return Optional.empty();
        }
        values.put(entry.getKey(), entry.getValue().doubleValue());
      }
      return root.isObject() && !values.isEmpty() ? Optional.of(values) : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  private void publish(Map<String, Double> values) throws InterruptedException {
    unanswered.acquire();
    var telemetry =
        new Telemetry(Instant.now(), values, Map.of(), Optional.empty(), message.firmware());
    agent
        .publish(message.type(), telemetry)
        .thenAccept(
            delivery -> {
              count(delivery);
              unanswered.release();
            });
  }

  private void count(Delivery delivery) {
    switch (delivery) {
      case Delivery.Acknowledged _ -> acknowledged.incrementAndGet();
      case Delivery.Refused(int code, String reason) -> {
        refused.incrementAndGet();
        err.println("refused: 0x%02x %s".formatted(code, reason));
      }
      case Delivery.TryLater(int _, String reason) -> err.println("not taken: " + reason);
      case Delivery.Unanswered(String why) -> err.println("no answer: " + why);
    }
  }

  /** Waits for the last answers; the exit code. */
  int finish(Interruption interruption) throws InterruptedException {
    for (long waited = 0; waited < ANSWER_SECONDS_MAX; waited++) {
      if (unanswered.tryAcquire(UNANSWERED_MAX, 1, TimeUnit.SECONDS)) {
        return refused.get() == 0 ? 0 : 1;
      }
      interruption.check();
    }
    err.println(
        "telltale agent: no answer in %d s (%s); the readings are kept for the next start"
            .formatted(ANSWER_SECONDS_MAX, agent.state()));
    return 3;
  }

  @Override
  public void close() {
    err.println("%d acknowledged, %d refused".formatted(acknowledged.get(), refused.get()));
  }
}
