package io.telltale.doors;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.telltale.admission.DeviceContext;
import io.telltale.admission.DeviceSession;
import io.telltale.admission.Outcome;
import io.telltale.roster.Identity;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One MQTT session after the handshake: its publications in order, when its socket is read, when it
 * is over. On its event loop only, but for what {@link Held} promises.
 */
final class MqttSession implements Held {
  /** Why a socket is not read for a while; bits. */
  static final int CONGESTED = 1;

  static final int THROTTLED = 2;
  static final int ENDING = 16;

  private static final int UNWRITABLE = 4;
  private static final int CROWDED = 8;
  private static final int FAREWELL = 32;
  // The peer cannot help these: its silence meanwhile is ours.
  private static final int OUR_DOING = CONGESTED | THROTTLED | CROWDED | ENDING;

  private static final int CROWD_MAX = 1_024;
  private static final int LIVE_TICKS = LoopWork.ticks(Duration.ofSeconds(5));
  private static final int FAREWELL_TICKS = LoopWork.ticks(Duration.ofSeconds(5));
  private static final int NEVER = -1;

  private final Channel channel;
  private final LoopWork work;
  private final MqttParts parts;
  private final MqttLimits limits;
  private final LastRefusals refusals;
  private final IntSupplier port;
  private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
  private final ArrayDeque<Publication> unanswered = new ArrayDeque<>(4);
  private final HoldQueue held;
  private final Throttle throttle;
  private volatile DeviceSession device;
  private @Nullable ByteBuf acks;
  private boolean unflushed;
  private volatile long serial;
  private volatile int lastPacket;
  private MqttClient client = MqttClient.VERSION_311;
  private @Nullable Farewell farewell;
  private volatile boolean over;
  private int pauses;
  private int keepAliveTicks;
  private int bytesSince = NEVER;
  private final int opened;

  /** An end that waits for the answers to what came before it. */
  private record Farewell(Disconnect code, String text, String cause, int since) {}

  MqttSession(Channel channel, LoopWork work, MqttDoor.Shared shared, DeviceContext context) {
    this.channel = channel;
    this.work = work;
    this.parts = shared.parts();
    this.limits = shared.limits();
    this.refusals = shared.refusals();
    this.port = shared.port();
    this.device = new DeviceSession(context, "mqtt");
    this.opened = work.now();
    this.lastPacket = opened;
    this.held = new HoldQueue(this, shared);
    this.throttle = new Throttle(this, held, channel.eventLoop(), shared);
    channel.closeFuture().addListener(done -> ended());
  }

  // Coming and going

  /** CONNECT was accepted. */
  void connected(MqttClient client, int keepAliveSeconds) {
    this.client = client;
    this.device =
        new DeviceSession(
            device.context(), (client.version5() ? "mqtt5:" : "mqtt3.1.1:") + port.getAsInt());
    this.keepAliveTicks =
        keepAliveSeconds == 0
            ? LoopWork.ticks(limits.keepAliveMax())
            : LoopWork.ticks(Duration.ofMillis(keepAliveSeconds * 1_500L));
    long mine = parts.sessions().nextSerial();
    serial = mine;
    parts.opened().accept(identity());
    if (!parts.sessions().takeOver(this, mine)) {
      var _ = takenOver(Long.MAX_VALUE);
    }
  }

  boolean isConnected() {
    return serial != 0;
  }

  boolean isOver() {
    return over;
  }

  /** Whether nothing more that comes in is listened to. */
  boolean isDeaf() {
    return over || farewell != null;
  }

  MqttClient client() {
    return client;
  }

  DeviceContext context() {
    return device.context();
  }

  /** What it owes for {@code bytes} that were read, in nanoseconds of silence. */
  long charge(int bytes) {
    return work.admission().owe(device, bytes);
  }

  void bytesArrived() {
    if (bytesSince == NEVER) {
      bytesSince = work.now();
    }
  }

  void packetArrived() {
    bytesSince = NEVER;
    lastPacket = work.now();
  }

  boolean overdue(int now, long nowMillis) {
    if (nowMillis >= identity().notAfter().toEpochMilli()) {
      return true;
    }
    Farewell leaving = farewell;
    if (leaving != null) {
      return now - leaving.since() > FAREWELL_TICKS;
    }
    if (!isConnected()) {
      return now - opened > LoopWork.ticks(limits.connectMax());
    }
    if ((pauses & OUR_DOING) != 0) {
      return false;
    }
    return now - lastPacket > keepAliveTicks
        || (bytesSince != NEVER && now - bytesSince > LoopWork.ticks(limits.packetMax()));
  }

  void closeOverdue() {
    boolean expired = !parts.clock().instant().isBefore(identity().notAfter());
    Farewell leaving = farewell;
    if (leaving != null) {
      close(leaving.code(), leaving.text(), leaving.cause());
    } else if (expired) {
      close(Disconnect.NOT_AUTHORIZED, "the certificate has expired", "expired");
    } else if (isConnected()) {
      close(Disconnect.KEEP_ALIVE_TIMEOUT, "too long silent", "keep-alive");
    } else {
      close(Disconnect.MAXIMUM_CONNECT_TIME, "", "connect-timeout");
    }
  }

  /**
   * Reads no more, answers what came before (for up to 5 s), and closes: who broke the protocol
   * late shall not lose what was good before.
   */
  void end(Disconnect code, String text, String cause) {
    if (isDeaf()) {
      return;
    }
    if (unanswered.isEmpty()) {
      close(code, text, cause);
    } else {
      farewell = new Farewell(code, text, cause, work.now());
      pause(FAREWELL);
    }
  }

  /** Says why, where the protocol can, and closes; later calls do nothing. */
  void close(Disconnect code, String text, String cause) {
    if (!over) {
      finish(cause, () -> sayGoodbye(code, text));
    }
  }

  /** The device has said that it goes: it listens no more (MQTT 5 section 3.14.4). */
  void leave() {
    if (!over) {
      finish("by-device", () -> {});
    }
  }

  private void finish(String cause, Runnable lastWord) {
    over = true;
    parts.counters().count("sessions.closed", cause);
    writeAcks();
    lastWord.run();
    channel.flush();
    channel.close();
  }

  private void sayGoodbye(Disconnect code, String text) {
    if (client.version5() && isConnected()) {
      channel.write(
          MqttPackets.disconnect(channel.alloc(), code, text, client), channel.voidPromise());
    }
  }

  private void ended() {
    over = true;
    held.clear();
    unanswered.clear();
    work.remove(this);
    parts.sessions().remove(this);
    if (acks != null) {
      acks.release();
      acks = null;
    }
    closed.complete(true);
  }

  // Publishing

  /** A QoS 1 message must find room in the receive window that was advertised. */
  boolean roomForOne() {
    return !client.version5() || unanswered.size() < limits.receiveMax();
  }

  void publish(Publication publication) {
    if (publication.wantsAnswer()) {
      unanswered.add(publication);
      if (unanswered.size() >= CROWD_MAX) {
        pause(CROWDED);
      }
    }
    if (held.isEmpty()) {
      offer(publication);
    } else {
      held.append(publication);
    }
  }

  void offer(Publication publication) {
    work.admission().submit(device, publication.submission(), publication);
    work.submitted();
  }

  void answered(Publication publication, Outcome outcome) {
    if (over) {
      return;
    }
    if (outcome instanceof Outcome.Refused no) {
      refused(client, because(publication.submission().topic(), no));
    }
    MqttAnswer answer = MqttAnswer.to(outcome);
    boolean hold =
        answer.old() == MqttAnswer.Old.HOLD && !client.version5() && publication.wantsAnswer();
    if (hold) {
      held.hold(publication, outcome);
      return;
    }
    if (outcome instanceof Outcome.Throttled(Duration retryAfter)) {
      throttle(retryAfter);
    }
    if (publication.wantsAnswer()) {
      publication.answer(answer);
      acknowledge();
    }
  }

  /** To be heard of where the protocol has no word for it, or the device no ear. */
  void refused(MqttClient peer, LastRefusals.Reason reason) {
    String protocol = peer.version5() ? "mqtt5" : "mqtt3.1.1";
    refusals.add(context().device(), protocol, reason);
  }

  private LastRefusals.Reason because(String topic, Outcome.Refused no) {
    return new LastRefusals.Reason(about(topic), no.why().cause(), no.sentence());
  }

  // A topic is whatever its sender likes: only a message type that we know is named.
  private String about(String topic) {
    String prefix = context().topicPrefix();
    if (context().allowedTopics().contains(topic)) {
      return topic.substring(topic.lastIndexOf('/') + 1);
    }
    return topic.startsWith(prefix) ? "own-topic" : "foreign-topic";
  }

  // In the order of the PUBLISH packets (MQTT 5 section 4.6), whatever the order of the outcomes.
  private void acknowledge() {
    Publication head = unanswered.peek();
    while (head != null && head.answer() != null && !over) {
      unanswered.remove();
      MqttAnswer answer = head.answer();
      if (answer != null) {
        write(head.submission().packet(), answer);
      }
      head = unanswered.peek();
    }
    if (unanswered.size() < CROWD_MAX / 2) {
      resume(CROWDED);
    }
    Farewell leaving = farewell;
    if (leaving != null && unanswered.isEmpty()) {
      close(leaving.code(), leaving.text(), leaving.cause());
    }
  }

  private void write(int packet, MqttAnswer answer) {
    boolean good = answer.old() == MqttAnswer.Old.ACKNOWLEDGE;
    if (!good && !client.version5()) {
      close(Disconnect.UNSPECIFIED_ERROR, "", "refused");
      return;
    }
    ByteBuf buffer = acks;
    if (buffer == null) {
      buffer = channel.alloc().buffer(64);
      acks = buffer;
    }
    if (good) {
      MqttPackets.puback(buffer, packet);
    } else {
      MqttPackets.puback(buffer, packet, answer, client);
    }
    if (!unflushed) {
      unflushed = true;
      work.written(this);
    }
  }

  private void writeAcks() {
    ByteBuf buffer = acks;
    if (buffer != null) {
      acks = null;
      channel.write(buffer, channel.voidPromise());
    }
  }

  void flush() {
    unflushed = false;
    writeAcks();
    channel.flush();
  }

  // Reading

  void pause(int reason) {
    if (pauses == 0) {
      channel.config().setAutoRead(false);
    }
    pauses |= reason;
  }

  void resume(int reason) {
    if ((pauses & reason) == 0) {
      return;
    }
    pauses &= ~reason;
    if (pauses == 0 && !over) {
      lastPacket = work.now();
      bytesSince = NEVER;
      channel.config().setAutoRead(true);
    }
  }

  /** Reads nothing for a while: who sends too much shall wait, and cost no one else anything. */
  void throttle(Duration wait) {
    throttle.begin(wait.toNanos());
  }

  /** Charges for a packet that is no publication to be submitted, or for none: who enters. */
  void owes(int bytes) {
    throttle.owes(bytes);
  }

  /** Whether its device has to wait, so that nothing that came of it is read. */
  boolean isThrottled() {
    return (pauses & THROTTLED) != 0;
  }

  /** {@code act} reads what came before the wait ended. */
  void onReadAgain(Runnable act) {
    throttle.onEnd(act);
  }

  void writable(boolean writable) {
    if (writable) {
      resume(UNWRITABLE);
    } else {
      pause(UNWRITABLE);
    }
  }

  // Held

  @Override
  public Identity identity() {
    return device.context().identity();
  }

  @Override
  public CompletableFuture<Boolean> refresh() {
    return onLoop(this::look);
  }

  @Override
  public boolean takenOver(long newer) {
    if (serial != 0 && serial < newer) {
      if (live()) {
        parts.incidents().report(Clones.signal(parts.door(), identity(), channel));
      }
      var _ =
          onLoop(
              () -> {
                close(Disconnect.SESSION_TAKEN_OVER, "connected elsewhere", "taken-over");
                return true;
              });
    }
    return serial <= newer;
  }

  @Override
  public boolean isSpare() {
    return !isConnected();
  }

  @Override
  public void giveWay() {
    var _ =
        onLoop(
            () -> {
              close(Disconnect.UNSPECIFIED_ERROR, "", "crowded");
              return true;
            });
  }

  @Override
  public boolean live() {
    return isConnected() && work.now() - lastPacket < LIVE_TICKS;
  }

  /** On any thread: what it may do by what the view says now. */
  Optional<DeviceContext> now() {
    Optional<Identity> current = parts.view().byCredential(identity().credential());
    return current
        .filter(one -> one.mayConnect(parts.clock().instant()))
        .flatMap(parts.contexts()::of);
  }

  void swap(DeviceContext next) {
    device.swap(next);
  }

  /** Goes on under what the view says now, or closes. */
  boolean look() {
    Optional<DeviceContext> next = now();
    if (next.isPresent()) {
      device.swap(next.get());
      return false;
    }
    return withdraw();
  }

  private boolean withdraw() {
    boolean first = !over;
    close(Disconnect.ADMINISTRATIVE_ACTION, "access was withdrawn", "withdrawn");
    return first;
  }

  private CompletableFuture<Boolean> onLoop(BooleanSupplier act) {
    var done = new CompletableFuture<Boolean>();
    try {
      channel
          .eventLoop()
          .execute(
              () -> {
                if (act.getAsBoolean()) {
                  closed.thenAccept(done::complete);
                } else {
                  done.complete(false);
                }
              });
    } catch (RejectedExecutionException e) {
      // The loop has ended, and its channels with it.
      done.complete(true);
    }
    return done;
  }
}
