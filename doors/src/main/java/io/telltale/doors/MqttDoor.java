package io.telltale.doors;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.telltale.admission.DeviceContext;
import io.telltale.doors.accept.FailureText;
import io.telltale.doors.accept.HeldGauge;
import io.telltale.doors.accept.Listener;
import io.telltale.doors.mqtt.LastWill;
import io.telltale.doors.mqtt.MqttFramer;
import io.telltale.doors.mqtt.MqttHandler;
import io.telltale.doors.mqtt.MqttShared;
import io.telltale.doors.mqtt.MqttWire;
import io.telltale.doors.session.DeviceLink;
import io.telltale.doors.session.HoldRoom;
import io.telltale.doors.session.LinkLimits;
import io.telltale.doors.session.LoopWork;
import io.telltale.doors.session.ProtocolDoor;
import io.telltale.doors.session.Wire;
import io.telltale.doors.tls.TlsGate;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.SpiffeId;
import io.telltale.roster.Identity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The MQTT 3.1.1 and 5 listener: QoS 0 and 1, publish on the device's own topics only, acknowledged
 * when durable. The format is {@code docs/format/mqtt.md}.
 */
public final class MqttDoor implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(MqttDoor.class.getName());
  // One session, one that takes it over, and some whose end nobody has noticed yet.
  private static final int CONNECTIONS_PER_DEVICE_MAX = 4;
  private static final String NO_POLICY = "the policy in force does not have its device type";
  private static final Duration DRAIN_MAX = Duration.ofSeconds(5);
  private static final int DRAIN_LOOK_MILLIS = 10;

  private final MqttShared shared;
  private final Map<EventLoop, LoopWork> works = new ConcurrentHashMap<>();
  private final Listener listener;
  private final ExecutorService aside;

  /**
   * Where and how to listen.
   *
   * @param tls must require a client certificate and check it with an {@link IdentityCheck}
   */
  public record Setup(
      EventLoops loops, Address address, DoorTls tls, AcceptLimits accept, MqttLimits mqtt) {}

  private MqttDoor(Setup setup, DoorParts parts) {
    var refusals = new LastRefusals(parts.clock(), parts.counters());
    var room = new HoldRoom(setup.mqtt().holdBytesMax());
    MqttLimits mqtt = setup.mqtt();
    var links =
        new ProtocolDoor(
            "mqtt", parts, links(mqtt), refusals, room, this::port, setup.loops().nanoTime());
    this.shared = new MqttShared(links, mqtt, new HoldRoom(mqtt.willBytesMax()));
    this.aside =
        Executors.newFixedThreadPool(
            loops(setup.loops()), Thread.ofPlatform().daemon(true).name("policy-", 0).factory());
    this.listener =
        Listener.open(
            new Listener.Setup(
                setup.loops(),
                setup.address(),
                setup.tls()::handler,
                setup.accept(),
                parts.counters()),
            () ->
                new TlsGate(
                    setup.tls().wanted(), setup.tls().check(), parts.counters(), new Arrivals()));
    parts.sessions().onPolicy(this::policyChanged);
  }

  private static LinkLimits links(MqttLimits mqtt) {
    return new LinkLimits(mqtt.connectMax(), mqtt.packetMax(), mqtt.holdMax());
  }

  private static int loops(EventLoops loops) {
    int count = 0;
    for (EventExecutor ignored : loops.workers()) {
      count++;
    }
    return count;
  }

  /** Listens, or throws {@link io.telltale.kernel.UnavailableException} that says what to do. */
  public static MqttDoor open(Setup setup, DoorParts parts) {
    if (setup.tls().wanted() != ClientCertificate.REQUIRED) {
      throw new IllegalArgumentException("an MQTT door requires client certificates");
    }
    return new MqttDoor(setup, parts);
  }

  public int port() {
    return listener.port();
  }

  /** What all connections keep of unfinished packets. */
  long heldBytes() {
    return listener.held().total();
  }

  /** What MQTT 3.1.1 sessions keep of messages that cannot be stored now. */
  long waitingBytes() {
    return shared.links().room().taken();
  }

  /** What all sessions keep of their wills. */
  long willBytes() {
    return shared.wills().taken();
  }

  /** Open connections of devices that have shown who they are. */
  public int devices() {
    return listener.gate().known();
  }

  /** Whether a device was turned away since the last look, for there was no place left. */
  public boolean wasFull() {
    return listener.gate().wasFull();
  }

  /** Connections whose peers have not shown who they are. */
  int strangers() {
    return listener.gate().strangers();
  }

  /** What {@code device} was refused last, newest first. */
  public List<LastRefusals.Refusal> refusals(DeviceId device) {
    return shared.links().refusals().of(device);
  }

  /** Before CONNECT there is no packet that could say why. */
  private final class Arrivals implements TlsGate.Entry {
    @Override
    public void enter(ChannelHandlerContext ctx, TlsGate.Peer peer) {
      MqttDoor.this.enter(ctx, peer);
    }

    @Override
    public void refused(Cause cause, SpiffeId known) {
      if (cause == Cause.FULL) {
        turnedAway(known);
        return;
      }
      MqttDoor.this.refused(known, "handshake", cause.label(), cause.sentence());
    }
  }

  private void turnedAway(SpiffeId id) {
    if (id.kind() == SpiffeId.Kind.DEVICE) {
      var why = new LastRefusals.Reason("handshake", Cause.FULL.label(), Cause.FULL.sentence());
      shared.links().refusals().note(new DeviceId(id.tenant(), id.name()), "mqtt", why);
    }
  }

  private void refused(SpiffeId id, String about, String why, String text) {
    if (id.kind() == SpiffeId.Kind.DEVICE) {
      var device = new DeviceId(id.tenant(), id.name());
      shared.links().refusals().add(device, "mqtt", new LastRefusals.Reason(about, why, text));
    }
  }

  private void enter(ChannelHandlerContext ctx, TlsGate.Peer peer) {
    Optional<Identity> identity = peer.verdict().identity();
    Optional<DeviceContext> context = identity.flatMap(shared.links().parts().contexts()::of);
    if (context.isEmpty()) {
      shared.links().parts().counters().count("handshakes", "no-policy");
      identity.map(Identity::id).ifPresent(id -> refused(id, "connect", "no-policy", NO_POLICY));
      ctx.close();
      return;
    }
    Channel channel = ctx.channel();
    LoopWork work = work(channel.eventLoop());
    var wire = new MqttWire(channel, shared.limits().receiveMax());
    var link = new DeviceLink(channel, work, wire, shared.links(), context.get());
    var framer = new MqttFramer(link, shared.limits().packetBytesMax());
    HeldGauge.add(channel, framer);
    var will = new LastWill(link, wire, work, shared);
    channel.pipeline().addLast(framer, new MqttHandler(link, wire, will, shared));
    // Indexed first, looked up again after: a change of the view is seen by one or the other.
    work.add(link);
    shared.links().parts().sessions().add(link, CONNECTIONS_PER_DEVICE_MAX);
    var _ = link.look();
    // Whoever is in debt does not leave it behind by coming again.
    link.owes(0);
  }

  // On the committing thread: nothing is done here.
  private void policyChanged() {
    aside.execute(
        () -> {
          shared.links().parts().contexts().refresh();
          works.values().forEach(LoopWork::lookAgain);
        });
  }

  private LoopWork work(EventLoop loop) {
    return works.computeIfAbsent(
        loop,
        one ->
            new LoopWork(
                one,
                shared.links().parts().admissions().apply(one),
                shared.links().parts().clock(),
                aside));
  }

  /**
   * Stops accepting and reading, waits up to 5 s for what is on its way to the log, tells MQTT 5
   * devices that the server shuts down, and closes every session.
   */
  @Override
  public void close() {
    listener.close();
    aside.shutdownNow();
    var ending = new ArrayList<CompletableFuture<Void>>();
    works.forEach((loop, work) -> ending.add(new Ending(loop, work).start()));
    try {
      CompletableFuture.allOf(ending.toArray(CompletableFuture[]::new))
          .get(2 * DRAIN_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(System.Logger.Level.WARNING, "mqtt.close why={0}", FailureText.of(e));
    }
  }

  /** The end of one event loop's sessions, step by step on the loop itself. */
  private static final class Ending {
    private final EventLoop loop;
    private final LoopWork work;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private int looks = (int) (DRAIN_MAX.toMillis() / DRAIN_LOOK_MILLIS);

    Ending(EventLoop loop, LoopWork work) {
      this.loop = loop;
      this.work = work;
    }

    CompletableFuture<Void> start() {
      loop.execute(
          () -> {
            work.end();
            work.admission().flush();
            look();
          });
      return done;
    }

    private void look() {
      if (!work.admission().idle() && looks-- > 0) {
        loop.schedule(this::look, DRAIN_LOOK_MILLIS, TimeUnit.MILLISECONDS);
        return;
      }
      work.sessions().forEach(link -> link.close(Wire.Ours.SHUTDOWN));
      work.close();
      done.complete(null);
    }
  }
}
