package io.telltale.device;

import io.netty.handler.ssl.SslContext;
import io.telltale.device.OutgoingQueue.Message;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.UnavailableException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Publishes telemetry with store-and-resend: a message stays in the queue until the server has
 * acknowledged or refused it, whatever happens to the connection (LC-2). Everything runs on one
 * timer thread, which many publishers may share.
 */
public final class MqttPublisher implements AutoCloseable {
  private static final int IN_FLIGHT_MAX = 32;
  private static final long BACKOFF_FIRST_MILLIS = 250;
  private static final long BACKOFF_MAX_MILLIS = 30_000;
  private static final long PAUSE_MILLIS = 1_000;
  // Doors take what was sent within five minutes of their clock; the clocks may differ too.
  private static final Duration SENT_MAX = Duration.ofMinutes(2);
  private static final int REFUSED_FOR_ITS_STATE = 0x83;
  private static final int QUOTA_EXCEEDED = 0x97;

  private final MqttConnector connector;
  private Session session;
  private final OutgoingQueue queue;
  private final InstantSource clock;
  private final ScheduledExecutorService timer;
  private final RandomGenerator jitter;
  private final Deque<Message> unsent = new ArrayDeque<>();
  private final Set<Long> sentBefore = new HashSet<>();
  private final Map<Long, CompletableFuture<Delivery>> waiting = new HashMap<>();
  private @Nullable MqttConnection connection;
  private int inFlight;
  private boolean paused;
  private boolean stopped;
  private long backoffMillis = BACKOFF_FIRST_MILLIS;
  private volatile String state = "new";

  /** Where to and as whom. */
  public record Session(InetSocketAddress server, SslContext tls, DeviceId device) {}

  /** What a publisher shares with others. */
  public record Shared(
      MqttConnector connector,
      ScheduledExecutorService timer,
      InstantSource clock,
      RandomGenerator jitter) {}

  public MqttPublisher(Session session, OutgoingQueue queue, Shared shared) {
    this.session = session;
    this.queue = queue;
    this.connector = shared.connector();
    this.timer = shared.timer();
    this.clock = shared.clock();
    this.jitter = shared.jitter();
    // What an earlier run left may have arrived: never to be sent as new.
    queue.pending().forEach(message -> sentBefore.add(message.sequence()));
  }

  /** Connects, and from then on reconnects by itself until {@link #close()}. */
  public void start() {
    timer.execute(this::connect);
  }

  /** From now on the device shows another certificate; a connection with the old one ends. */
  public void reconnect(SslContext tls) {
    timer.execute(
        () -> {
          session = new Session(session.server(), tls, session.device());
          if (connection != null) {
            connection.close();
          }
        });
  }

  /** What the connection is doing, for people. */
  public String state() {
    return state;
  }

  /**
   * Queues one message of {@code type}. Completes when the server has acknowledged or refused it;
   * with {@link Delivery.TryLater} at once when the queue is full or cannot be written.
   */
  public CompletableFuture<Delivery> publish(String type, Telemetry telemetry) {
    var outcome = new CompletableFuture<Delivery>();
    timer.execute(() -> take(type, telemetry, outcome));
    return outcome;
  }

  private void take(String type, Telemetry telemetry, CompletableFuture<Delivery> outcome) {
    if (stopped) {
      outcome.complete(notTaken("closed"));
      return;
    }
    try {
      long sequence = queue.nextSequence();
      Bytes payload = telemetry.payload(sequence, clock.instant());
      var message = new Message(sequence, topic(type), payload);
      if (!queue.add(message)) {
        outcome.complete(notTaken("queue full"));
        return;
      }
      waiting.put(sequence, outcome);
      unsent.addLast(message);
    } catch (UnavailableException e) {
      outcome.complete(notTaken("cannot number it: " + e));
      return;
    }
    pump();
  }

  private static Delivery notTaken(String why) {
    return new Delivery.TryLater(QUOTA_EXCEEDED, why);
  }

  private String topic(String type) {
    return "t/" + session.device().tenant() + "/d/" + session.device().name() + "/" + type;
  }

  private void connect() {
    if (stopped) {
      return;
    }
    state = "connecting";
    connector
        .connect(session.server(), session.tls(), session.device().name())
        .thenAcceptAsync(this::connected, timer);
  }

  private void connected(Connected outcome) {
    switch (outcome) {
      case Connected.Ready(MqttConnection ready) -> {
        if (stopped) {
          ready.close();
          return;
        }
        connection = ready;
        backoffMillis = BACKOFF_FIRST_MILLIS;
        state = "connected";
        inFlight = 0;
        unsent.clear();
        unsent.addAll(queue.pending());
        ready.closed().thenAcceptAsync(why -> lost(ready, why), timer);
        pump();
      }
      case Connected.Refused(int code, String reason) ->
          retryLater("refused: 0x%02x %s".formatted(code, reason));
      case Connected.Failed(String why) -> retryLater(why);
    }
  }

  private void lost(MqttConnection ended, String why) {
    if (connection == ended) {
      connection = null;
      retryLater(why);
    }
  }

  private void retryLater(String why) {
    if (stopped) {
      return;
    }
    state = why;
    // Full jitter: a fleet that lost its door together must not come back together.
    long wait = 1 + jitter.nextLong(backoffMillis);
    backoffMillis = Math.min(BACKOFF_MAX_MILLIS, backoffMillis * 2);
    timer.schedule(this::connect, wait, TimeUnit.MILLISECONDS);
  }

  private void pump() {
    MqttConnection current = connection;
    while (current != null
        && !paused
        && inFlight < Math.min(IN_FLIGHT_MAX, current.inFlightMax())) {
      Message message = unsent.pollFirst();
      if (message == null) {
        return;
      }
      inFlight++;
      boolean dup = !sentBefore.add(message.sequence());
      if (!dup && isOld(message)) {
        message = restamp(message);
      }
      send(current, message, dup);
    }
  }

  private void send(MqttConnection current, Message message, boolean dup) {
    current
        .publish(message.topic(), message.payload(), dup)
        .thenAcceptAsync(delivery -> answered(current, new Sent(message, dup), delivery), timer);
  }

  private boolean isOld(Message message) {
    return Telemetry.sent(message.payload())
        .filter(sent -> sent.plus(SENT_MAX).isBefore(clock.instant()))
        .isPresent();
  }

  /**
   * Kept before it is sent: bytes that the server may have seen under a sequence number must be the
   * same for ever, after a crash too, or they would look like a clone's.
   */
  private Message restamp(Message message) {
    var fresh =
        new Message(
            message.sequence(),
            message.topic(),
            Telemetry.restamped(message.payload(), clock.instant()));
    return queue.add(fresh) ? fresh : message;
  }

  private record Sent(Message message, boolean again) {}

  private void answered(MqttConnection from, Sent sent, Delivery delivery) {
    Message message = sent.message();
    if (connection == from) {
      inFlight--;
    }
    switch (delivery) {
      case Delivery.Refused(int code, String _)
          when sent.again() && code == REFUSED_FOR_ITS_STATE && isOld(message) -> {
        // A resend that the server does not know, and too old by now: then it is a new message.
        sentBefore.remove(message.sequence());
        unsent.addFirst(message);
      }
      case Delivery.Acknowledged _, Delivery.Refused _ -> {
        queue.remove(message.sequence());
        sentBefore.remove(message.sequence());
        CompletableFuture<Delivery> outcome = waiting.remove(message.sequence());
        if (outcome != null) {
          outcome.complete(delivery);
        }
      }
      case Delivery.TryLater _ -> {
        if (connection == from) {
          unsent.addFirst(message);
          pause();
        }
      }
      case Delivery.Unanswered _ -> {
        // Still in the queue: the next connection sends it again.
      }
    }
    pump();
  }

  private void pause() {
    if (!paused) {
      paused = true;
      timer.schedule(
          () -> {
            paused = false;
            pump();
          },
          PAUSE_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  /** Ends the session; what is not acknowledged stays in the queue for the next start. */
  @Override
  public void close() {
    timer.execute(
        () -> {
          stopped = true;
          state = "closed";
          if (connection != null) {
            connection.close();
          }
          queue.close();
        });
  }
}
