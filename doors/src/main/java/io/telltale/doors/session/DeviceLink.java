package io.telltale.doors.session;

import io.netty.channel.Channel;
import io.telltale.admission.DeviceContext;
import io.telltale.admission.DeviceSession;
import io.telltale.admission.Outcome;
import io.telltale.doors.DoorParts;
import io.telltale.doors.LastRefusals;
import io.telltale.doors.LiveSession;
import io.telltale.roster.Identity;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The session of one device after the handshake: its publications in order, when its socket is
 * read, when it is over. On its event loop only, but for what {@link LiveSession} promises.
 */
public final class DeviceLink implements LiveSession {
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
  private final Wire wire;
  private final ProtocolDoor shared;
  private final DoorParts parts;
  private final CompletableFuture<Boolean> closed = new CompletableFuture<>();
  private final ArrayDeque<Publication> unanswered = new ArrayDeque<>(4);
  private final HoldQueue held;
  private final Throttle throttle;
  private volatile DeviceSession device;
  private boolean unflushed;
  private volatile long serial;
  private volatile int lastUnit;
  private @Nullable Farewell farewell;
  private volatile boolean over;
  private int pauses;
  private int silenceTicks;
  private int bytesSince = NEVER;
  private final int began;

  /** An end that waits for the answers to what came before it. */
  private record Farewell(Wire.End end, int since) {}

  public DeviceLink(
      Channel channel, LoopWork work, Wire wire, ProtocolDoor shared, DeviceContext context) {
    this.channel = channel;
    this.work = work;
    this.wire = wire;
    this.shared = shared;
    this.parts = shared.parts();
    this.device = new DeviceSession(context, shared.family());
    this.began = work.now();
    this.lastUnit = began;
    this.held = new HoldQueue(this, shared);
    this.throttle = new Throttle(this, held, channel.eventLoop(), shared);
    channel.closeFuture().addListener(done -> ended());
  }

  // Coming and going

  /**
   * The device has said who it is: its older sessions end. It may be silent for {@code silence}.
   */
  public void open(Duration silence) {
    this.device =
        new DeviceSession(device.context(), wire.protocol() + ":" + shared.port().getAsInt());
    this.silenceTicks = LoopWork.ticks(silence);
    long mine = parts.sessions().nextSerial();
    serial = mine;
    parts.opened().accept(identity());
    if (!parts.sessions().takeOver(this, mine)) {
      var _ = takenOver(Long.MAX_VALUE);
    }
  }

  public boolean isOpen() {
    return serial != 0;
  }

  boolean isOver() {
    return over;
  }

  /** Whether nothing more that comes in is listened to. */
  public boolean isDeaf() {
    return over || farewell != null;
  }

  public DeviceContext context() {
    return device.context();
  }

  long inFlightBytes() {
    return device.inFlightBytes();
  }

  /** What it owes for {@code bytes} that were read, in nanoseconds of silence. */
  long charge(int bytes) {
    return work.admission().owe(device, bytes);
  }

  /** A part of something has come: from now on the rest of it is waited for. */
  public void bytesArrived() {
    if (bytesSince == NEVER) {
      bytesSince = work.now();
    }
  }

  /** Something whole has come. */
  public void unitArrived() {
    bytesSince = NEVER;
    lastUnit = work.now();
  }

  boolean overdue(int now, long nowMillis) {
    if (nowMillis >= identity().notAfter().toEpochMilli()) {
      return true;
    }
    Farewell leaving = farewell;
    if (leaving != null) {
      return now - leaving.since() > FAREWELL_TICKS;
    }
    if (!isOpen()) {
      return now - began > LoopWork.ticks(shared.limits().openMax());
    }
    if ((pauses & OUR_DOING) != 0) {
      return false;
    }
    return now - lastUnit > silenceTicks
        || (bytesSince != NEVER && now - bytesSince > LoopWork.ticks(shared.limits().unitMax()));
  }

  void closeOverdue() {
    boolean expired = !parts.clock().instant().isBefore(identity().notAfter());
    Farewell leaving = farewell;
    if (leaving != null) {
      close(leaving.end());
    } else if (expired) {
      close(Wire.Ours.EXPIRED);
    } else {
      close(isOpen() ? Wire.Ours.SILENT : Wire.Ours.NOT_OPENED);
    }
  }

  /**
   * Reads no more, answers what came before (for up to 5 s), and closes: who broke the protocol
   * late shall not lose what was good before.
   */
  public void end(Wire.End end) {
    if (isDeaf()) {
      return;
    }
    if (unanswered.isEmpty()) {
      close(end);
    } else {
      farewell = new Farewell(end, work.now());
      pause(FAREWELL);
    }
  }

  /** Says why, where the protocol can, and closes; later calls do nothing. */
  public void close(Wire.End end) {
    if (!over) {
      finish(end.cause(), () -> wire.say(end));
    }
  }

  /** The device has said that it goes: it listens no more. */
  public void leave() {
    if (!over) {
      finish("by-device", () -> {});
    }
  }

  private void finish(String cause, Runnable lastWord) {
    over = true;
    parts.counters().count("sessions.closed", cause);
    try {
      wire.write();
      lastWord.run();
      channel.flush();
    } finally {
      // Also where there is no memory for a last word: nobody looks at this session again.
      channel.close();
    }
  }

  private void ended() {
    over = true;
    held.clear();
    unanswered.clear();
    work.remove(this);
    parts.sessions().remove(this);
    wire.release();
    closed.complete(true);
  }

  // Publishing

  /** A message that wants an answer must find room among those that wait for one. */
  public boolean roomForOne() {
    return unanswered.size() < wire.unansweredMax();
  }

  public void publish(Publication publication) {
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
    work.submitted(this);
  }

  void answered(Publication publication, Outcome outcome) {
    if (over) {
      return;
    }
    if (outcome instanceof Outcome.Refused no) {
      refused(because(publication.submission().topic(), no));
    }
    if (outcome instanceof Outcome.Unavailable(String why)) {
      waits(publication.submission().topic(), why);
    }
    if (publication.wantsAnswer() && !wire.canSayNo() && outcome.mayPass()) {
      held.hold(publication, outcome);
      return;
    }
    if (outcome instanceof Outcome.Throttled(Duration retryAfter)) {
      throttle(retryAfter);
    }
    if (publication.wantsAnswer()) {
      publication.outcome(outcome);
      acknowledge();
    }
  }

  /** To be heard of where the protocol has no word for it, or the device no ear. */
  public void refused(LastRefusals.Reason reason) {
    refused(wire.protocol(), reason);
  }

  /** As above, of who has not said yet that it speaks {@code protocol}. */
  public void refused(String protocol, LastRefusals.Reason reason) {
    shared.refusals().add(context().device(), protocol, reason);
  }

  // Without a line in the log: it befalls many at once, and what is wrong is told once for all.
  private void waits(String topic, String why) {
    shared
        .refusals()
        .note(
            context().device(),
            wire.protocol(),
            new LastRefusals.Reason(about(topic), "unavailable", "cannot be stored now: " + why));
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

  // In the order of the messages (MQTT 5 section 4.6), whatever the order of the outcomes.
  private void acknowledge() {
    Publication head = unanswered.peek();
    while (head != null && head.outcome() != null && !over) {
      unanswered.remove();
      Outcome outcome = head.outcome();
      if (outcome != null) {
        answer(head.submission().packet(), outcome);
      }
      head = unanswered.peek();
    }
    if (unanswered.size() < CROWD_MAX / 2) {
      resume(CROWDED);
    }
    Farewell leaving = farewell;
    if (leaving != null && unanswered.isEmpty()) {
      close(leaving.end());
    }
  }

  private void answer(int number, Outcome outcome) {
    if (!outcome.isStored() && !wire.canSayNo()) {
      close(Wire.Ours.REFUSED);
      return;
    }
    wire.answer(number, outcome);
    if (!unflushed) {
      unflushed = true;
      work.written(this);
    }
  }

  void flush() {
    unflushed = false;
    wire.write();
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
      lastUnit = work.now();
      bytesSince = NEVER;
      channel.config().setAutoRead(true);
    }
  }

  /** Reads nothing for a while: who sends too much shall wait, and cost no one else anything. */
  void throttle(Duration wait) {
    throttle.begin(wait.toNanos());
  }

  /** Charges for what is no publication to be submitted, or for nothing: who enters. */
  public void owes(int bytes) {
    throttle.owes(bytes);
  }

  /** Whether its device has to wait, so that nothing that came of it is read. */
  public boolean isThrottled() {
    return (pauses & THROTTLED) != 0;
  }

  /** {@code act} reads what came before the wait ended. */
  public void onReadAgain(Runnable act) {
    throttle.onEnd(act);
  }

  /** What was written is, or is not, taken off by the peer. */
  public void writable(boolean writable) {
    if (writable) {
      resume(UNWRITABLE);
    } else {
      pause(UNWRITABLE);
    }
  }

  // LiveSession

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
      closeOnLoop(Wire.Ours.TAKEN_OVER);
    }
    return serial <= newer;
  }

  @Override
  public boolean isSpare() {
    return !isOpen();
  }

  @Override
  public void giveWay() {
    closeOnLoop(Wire.Ours.CROWDED);
  }

  private void closeOnLoop(Wire.Ours end) {
    var _ =
        onLoop(
            () -> {
              close(end);
              return true;
            });
  }

  @Override
  public boolean live() {
    return isOpen() && work.now() - lastUnit < LIVE_TICKS;
  }

  /** On any thread: what it may do by what the view says now. */
  public Optional<DeviceContext> now() {
    Optional<Identity> current = parts.view().byCredential(identity().credential());
    return current
        .filter(one -> one.mayConnect(parts.clock().instant()))
        .flatMap(parts.contexts()::of);
  }

  void swap(DeviceContext next) {
    device.swap(next);
  }

  /** Goes on under what the view says now, or closes. */
  public boolean look() {
    Optional<DeviceContext> next = now();
    if (next.isPresent()) {
      device.swap(next.get());
      return false;
    }
    return withdraw();
  }

  private boolean withdraw() {
    boolean first = !over;
    close(Wire.Ours.WITHDRAWN);
    return first;
  }

  private CompletableFuture<Boolean> onLoop(BooleanSupplier act) {
    var done = new CompletableFuture<Boolean>();
    try {
      channel
          .eventLoop()
          .execute(
              () -> {
                boolean closes = true;
                try {
                  closes = act.getAsBoolean();
                } finally {
                  // What throws has closed the channel on its way.
                  if (closes) {
                    closed.thenAccept(done::complete);
                  } else {
                    done.complete(false);
                  }
                }
              });
    } catch (RejectedExecutionException e) {
      // The loop has ended, and its channels with it.
      done.complete(true);
    }
    return done;
  }
}
