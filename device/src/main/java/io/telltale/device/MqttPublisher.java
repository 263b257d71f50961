package io.telltale.device;

import io.netty.handler.ssl.SslContext;
import io.telltale.device.OutgoingQueue.Message;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Publishes telemetry with store-and-resend: a message stays in the queue until the server has
 * acknowledged or refused it, whatever happens to the connection (LC-2). Everything runs on one
 * timer thread, which many publishers may share.
 */
public final class MqttPublisher implements AutoCloseable {
  private static final int IN_FLIGHT_MAX = 32;
  private static final long PAUSE_MILLIS = 1_000;
  // Until an operator, a policy or a clock has changed: seldom enough to cost nobody anything.
  private static final long REFUSED_PAUSE_MILLIS = 15_000;
  // Doors take what was sent within five minutes of their clock; the clocks may differ too.
  private static final Duration SENT_MAX = Duration.ofMinutes(2);
  private static final int REFUSED_FOR_ITS_STATE = 0x83;
  private static final int TOPIC_NAME_INVALID = 0x90;
  private static final int QUOTA_EXCEEDED = 0x97;
  private static final String REFUSES = "refuses: ";
  private static final String NOW = "takes nothing now: ";
  private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private final KeptConnection connection;
  private final OutgoingQueue queue;
  private final InstantSource clock;
  private final ScheduledExecutorService timer;
  private final NavigableMap<Long, Message> unsent = new TreeMap<>();
  private final Set<Long> sentBefore = new HashSet<>();
  private final Map<Long, CompletableFuture<Delivery>> waiting = new HashMap<>();
  private int inFlight;
  private final List<Message> held = new ArrayList<>();
  private final Set<String> heldTopics = new HashSet<>();
  private @Nullable Future<?> pause;
  private @Nullable Future<?> holding;
  private volatile String trouble = "";
  private final RefusedTypes refusedTypes = new RefusedTypes();
  private final EarlierReadings earlier = new EarlierReadings();
  private volatile int kept;
  private volatile int aside;

  /** Where to and as whom. */
  public record Session(InetSocketAddress server, SslContext tls, DeviceId device) {}

  /** What a publisher shares with others. */
  public record Shared(
      MqttConnector connector,
      ScheduledExecutorService timer,
      InstantSource clock,
      RandomGenerator jitter) {}

  public MqttPublisher(Session session, OutgoingQueue queue, Shared shared) {
    this.connection = new KeptConnection(session, shared, this::begin);
    this.queue = queue;
    this.timer = shared.timer();
    this.clock = shared.clock();
    // What an earlier run left may have arrived: never to be sent as new.
    queue.pending().forEach(this::takeOver);
    counted();
  }

  private void takeOver(Message message) {
    String type = message.type();
    if (isType(type) || !queue.setAside(message, "not sent: " + type + " is no message type")) {
      sentBefore.add(message.sequence());
      earlier.add(message.sequence());
    }
  }

  /** Whether {@code text} can be a message type: what else would be a topic of its own or none. */
  public static boolean isType(String text) {
    return TYPE.matcher(text).matches();
  }

  /** Connects, and from then on reconnects by itself until {@link #close()}. */
  public void start() {
    timer.execute(connection::connect);
  }

  /**
   * From now on the device shows another certificate at {@code server}, at once; a connection with
   * the old one ends.
   */
  public void reconnect(InetSocketAddress server, SslContext tls) {
    timer.execute(() -> connection.reconnect(server, tls));
  }

  /** What the connection is doing, for people, and why nothing is taken if that is so. */
  public String state() {
    String unless = connection.state() + (trouble.isEmpty() ? "" : ", but the server " + trouble);
    return connection.lockedOut().map(LockedOut.Words::whole).orElse(unless);
  }

  /** The same without the advice, for whoever has said that. */
  public String brief() {
    return connection.lockedOut().map(LockedOut.Words::brief).orElseGet(this::state);
  }

  /** Whether readings are taken as they come. */
  public boolean isWell() {
    return connection.isConnected() && trouble.isEmpty();
  }

  /** Whether the server does not let this device in, until a person acts. */
  public boolean isLockedOut() {
    return connection.lockedOut().isPresent();
  }

  /** How many messages wait for an acknowledgement. */
  public int kept() {
    return kept;
  }

  EarlierAnswers earlier() {
    return earlier.answers();
  }

  /** How many were refused for good and are kept apart. */
  public int aside() {
    return aside;
  }

  /** Why no message of {@code type} is taken, where only another policy can end that. */
  public Optional<String> refusal(String type) {
    return refusedTypes.why(type);
  }

  /** Whether waiting helps nothing that waits. Not to be waited for on the timer. */
  public CompletableFuture<Optional<Standstill>> standstill() {
    return CompletableFuture.supplyAsync(() -> refusedTypes.standstill(queue.pending()), timer);
  }

  private void counted() {
    kept = queue.size();
    aside = queue.asideCount();
  }

  /**
   * Queues one message of {@code type}. Completes when the server has acknowledged or refused it;
   * with {@link Delivery.TryLater} at once when the queue is full or cannot be written.
   */
  public CompletableFuture<Delivery> publish(String type, Telemetry telemetry) {
    var outcome = new CompletableFuture<Delivery>();
    timer.execute(() -> take(type, telemetry, null, outcome));
    return outcome;
  }

  /**
   * A reading of a file on its way.
   *
   * @param kept whether it is in the queue, with its mark; false when it has no room there
   * @param answer as of {@link #publish}
   */
  public record Handed(CompletableFuture<Boolean> kept, CompletableFuture<Delivery> answer) {}

  /** As {@link #publish}, for a reading of a file that was taken up to {@code mark}. */
  public Handed publish(String type, Telemetry telemetry, FileMark mark) {
    var handed = new Handed(new CompletableFuture<>(), new CompletableFuture<>());
    timer.execute(
        () -> {
          take(type, telemetry, mark, handed.answer());
          boolean kept =
              !handed.answer().isDone() || !(handed.answer().join() instanceof Delivery.TryLater);
          handed.kept().complete(kept);
        });
    return handed;
  }

  /** How far a file was taken, in earlier runs too. */
  public CompletableFuture<Optional<FileMark>> taken(Hash file) {
    return CompletableFuture.supplyAsync(() -> queue.taken(file), timer);
  }

  private void take(
      String type,
      Telemetry telemetry,
      @Nullable FileMark mark,
      CompletableFuture<Delivery> outcome) {
    if (connection.isStopped()) {
      outcome.complete(notTaken("closed"));
      return;
    }
    if (!isType(type)) {
      outcome.complete(
          new Delivery.Refused(TOPIC_NAME_INVALID, "'" + type + "' is no message type"));
      return;
    }
    try {
      long sequence = queue.nextSequence();
      Bytes payload = telemetry.payload(sequence, clock.instant());
      var message = new Message(sequence, topic(type), payload);
      if (!(mark == null ? queue.add(message) : queue.add(message, mark))) {
        outcome.complete(notTaken("queue full"));
        return;
      }
      counted();
      waiting.put(sequence, outcome);
      unsent.put(sequence, message);
    } catch (UnavailableException e) {
      outcome.complete(notTaken("cannot number it: " + e.getMessage()));
      return;
    }
    pump();
  }

  private static Delivery notTaken(String why) {
    return new Delivery.TryLater(QUOTA_EXCEEDED, why);
  }

  private String topic(String type) {
    DeviceId device = connection.device();
    return "t/" + device.tenant() + "/d/" + device.name() + "/" + type;
  }

  /** What was on its way by the connection before may have arrived, and may not. */
  private void begin() {
    inFlight = 0;
    unsent.clear();
    held.clear();
    heldTopics.clear();
    trouble = "";
    refusedTypes.forget();
    endPauses();
    queue.pending().forEach(message -> unsent.put(message.sequence(), message));
    pump();
  }

  private void pump() {
    MqttConnection current = connection.current();
    while (current != null
        && pause == null
        && inFlight < Math.min(IN_FLIGHT_MAX, current.inFlightMax())) {
      Map.Entry<Long, Message> first = unsent.pollFirstEntry();
      if (first == null) {
        return;
      }
      Message message = first.getValue();
      if (heldTopics.contains(message.topic())) {
        held.add(message);
        continue;
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
    if (connection.current() == from) {
      inFlight--;
    }
    switch (delivery) {
      case Delivery.Refused(int code, String _)
          when sent.again() && code == REFUSED_FOR_ITS_STATE && isOld(message) -> {
        // A resend that the server does not know, and too old by now: then it is a new message.
        sentBefore.remove(message.sequence());
        unsent.put(message.sequence(), message);
      }
      case Delivery.Acknowledged _ -> {
        queue.remove(message.sequence());
        trouble = "";
        refusedTypes.taken(message.type());
        finished(message, delivery);
      }
      case Delivery.Refused refused when Refusal.canPass(refused) -> hold(from, message, refused);
      case Delivery.Refused refused -> {
        // Without room there it stays in the queue until the next connection, in nobody's way.
        trouble =
            queue.setAside(message, refused.text())
                ? trouble
                : REFUSES + refused.text() + ", and there is no room: delete the file 'aside'";
        finished(message, delivery);
      }
      case Delivery.TryLater(int code, String why) -> {
        if (connection.current() == from) {
          trouble = code == QUOTA_EXCEEDED ? trouble : NOW + new Delivery.Refused(code, why).text();
          unsent.put(message.sequence(), message);
          pause(PAUSE_MILLIS);
        }
      }
      case Delivery.Unanswered _ -> {
        // Still in the queue: the next connection sends it again.
      }
    }
    pump();
  }

  private void finished(Message message, Delivery delivery) {
    sentBefore.remove(message.sequence());
    // Before it counts as one that waits no more: who sees that sees this, too.
    earlier.answered(message.sequence(), delivery);
    counted();
    CompletableFuture<Delivery> outcome = waiting.remove(message.sequence());
    if (outcome != null) {
      outcome.complete(delivery);
    }
  }

  /** Refused for a reason that passes: it stays in the queue, in nobody's way. */
  private void hold(MqttConnection from, Message message, Delivery.Refused refused) {
    if (connection.current() != from) {
      return;
    }
    String why = refused.text() + Refusal.advice(refused, message.topic());
    trouble = REFUSES + why;
    if (Refusal.concernsAll(refused)) {
      unsent.put(message.sequence(), message);
      pause(REFUSED_PAUSE_MILLIS);
      return;
    }
    held.add(message);
    heldTopics.add(message.topic());
    refusedTypes.refused(message.type(), why);
    if (holding == null && !connection.isStopped()) {
      holding = timer.schedule(this::tryHeld, REFUSED_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void tryHeld() {
    holding = null;
    heldTopics.clear();
    held.forEach(message -> unsent.put(message.sequence(), message));
    held.clear();
    pump();
  }

  private void pause(long millis) {
    if (pause == null && !connection.isStopped()) {
      pause =
          timer.schedule(
              () -> {
                pause = null;
                pump();
              },
              millis,
              TimeUnit.MILLISECONDS);
    }
  }

  private void endPauses() {
    for (Future<?> one : new Future<?>[] {pause, holding}) {
      if (one != null) {
        one.cancel(false);
      }
    }
    pause = null;
    holding = null;
  }

  /** Ends the session; what is not acknowledged stays in the queue for the next start. */
  @Override
  public void close() {
    timer.execute(
        () -> {
          connection.close();
          endPauses();
          queue.close();
        });
  }
}
