package io.telltale.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Many simulated machines that publish at a steady pace, spread over the interval. */
public final class SimulatedFleet implements AutoCloseable {
  private final List<Member> members;
  private final ScheduledExecutorService timer;
  private final List<ScheduledFuture<?>> ticks = new ArrayList<>();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final Map<String, Long> refusals = new ConcurrentHashMap<>();

  /**
   * One machine.
   *
   * @param messageType the last segment of its topic
   * @param next its next reading; empty when there is none now
   */
  public record Member(
      MqttPublisher publisher, String messageType, Supplier<Optional<Telemetry>> next) {}

  /** How it goes so far. */
  public record Counts(long sent, long acknowledged, long refused) {
    public long waiting() {
      return sent - acknowledged - refused;
    }
  }

  public SimulatedFleet(List<Member> members, ScheduledExecutorService timer) {
    this.members = List.copyOf(members);
    this.timer = timer;
  }

  /** Connects every member and lets each publish once per {@code intervalMillis}. */
  public void start(long intervalMillis) {
    for (int i = 0; i < members.size(); i++) {
      Member member = members.get(i);
      member.publisher().start();
      long offset = intervalMillis * i / members.size();
      ticks.add(
          timer.scheduleAtFixedRate(
              () -> tick(member), offset, intervalMillis, TimeUnit.MILLISECONDS));
    }
  }

  private void tick(Member member) {
    member.next().get().ifPresent(telemetry -> publish(member, telemetry));
  }

  private void publish(Member member, Telemetry telemetry) {
    sent.incrementAndGet();
    CompletableFuture<Delivery> outcome =
        member.publisher().publish(member.messageType(), telemetry);
    outcome.thenAccept(this::count);
  }

  private void count(Delivery delivery) {
    switch (delivery) {
      case Delivery.Acknowledged _ -> acknowledged.incrementAndGet();
      case Delivery.Refused(int code, String reason) -> {
        refused.incrementAndGet();
        refusals.merge("0x%02x %s".formatted(code, reason).strip(), 1L, Long::sum);
      }
      case Delivery.TryLater _, Delivery.Unanswered _ -> sent.decrementAndGet();
    }
  }

  public Counts counts() {
    // Answers first: a message counted as answered was sent before.
    long answered = acknowledged.get();
    long no = refused.get();
    return new Counts(sent.get(), answered, no);
  }

  /** Refusals by reason code and text. */
  public Map<String, Long> refusals() {
    return Map.copyOf(refusals);
  }

  /** Stops publishing; sessions stay up. */
  public void pause() {
    ticks.forEach(tick -> tick.cancel(false));
    ticks.clear();
  }

  @Override
  public void close() {
    pause();
    members.forEach(member -> member.publisher().close());
  }
}
