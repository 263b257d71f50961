package io.telltale.server.demo;

import io.netty.handler.ssl.SslContext;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.device.DeviceStore;
import io.telltale.device.Enroller;
import io.telltale.device.Machine;
import io.telltale.device.MqttConnector;
import io.telltale.device.MqttPublisher;
import io.telltale.device.SimulatedFleet;
import io.telltale.device.Telemetry;
import io.telltale.device.TlsMaterial;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.registry.Act;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registration;
import io.telltale.registry.Registry;
import io.telltale.registry.TokenCreation;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Principal;
import io.telltale.server.Interruption;
import io.telltale.server.Server;
import io.telltale.server.replay.ReplaySource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The demo's machines: registers, enrolls and runs them as a device vendor's software would. */
final class Factory implements AutoCloseable {
  private static final String[] TYPES = {"press", "pump", "motor", "compressor"};
  private static final String[] SITES = {"north-hall", "south-hall"};
  private static final String FIRMWARE = "1.4.2";
  private static final String FIRMWARE_OLD = "1.3.9";
  private static final Duration TOKEN_LIFE = Duration.ofMinutes(10);
  private static final long QUEUE_BYTES_MAX = 16 << 20;
  private static final int FAULTY_EVERY = 9;
  private static final int PROBES = 3;

  private final Server server;
  private final DemoSettings settings;
  private final SecureRandom random = new SecureRandom();
  private final MqttConnector connector = new MqttConnector(1);
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon(true).name("demo-fleet").factory());
  private final List<Unit> units = new ArrayList<>();
  private final List<Unit> probes = new ArrayList<>();
  private Optional<Guest> guest = Optional.empty();

  /** One machine and what it authenticates with; {@code spentToken} is empty if it came back. */
  record Unit(DeviceId id, TlsMaterial material, SslContext tls, String spentToken) {}

  Factory(Server server, DemoSettings settings) {
    this.server = server;
    this.settings = settings;
  }

  List<Unit> units() {
    return List.copyOf(units);
  }

  /** Enrolled like any other, but silent until the story needs one to misbehave. */
  Unit probe(int index) {
    return probes.get(index);
  }

  /** For a person's own hands. */
  Guest guest() {
    return guest.orElseThrow();
  }

  MqttConnector connector() {
    return connector;
  }

  Enroller enroller() {
    return new Enroller(
        server.enrollUri(),
        server.authority().roots(),
        server.doorId().uri(),
        InstantSource.system());
  }

  InetSocketAddress door() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.ports().mqtt());
  }

  /** Registers and enrolls every machine that is not enrolled yet. */
  void enrollAll(Interruption interruption) throws InterruptedException {
    for (int i = 0; i < settings.devices(); i++) {
      interruption.check();
      String type = TYPES[i % TYPES.length];
      units.add(enrolled(i, type, "%s-%02d".formatted(type, i + 1)));
    }
    for (int i = 0; i < PROBES; i++) {
      probes.add(enrolled(i, TYPES[0], "probe-%02d".formatted(i + 1)));
    }
    Unit visitor = enrolled(0, TYPES[0], "guest-01");
    guest = Optional.of(Guest.of(visitor, storeOf(visitor.id()), server.ports().mqtt()));
  }

  private Unit enrolled(int index, String type, String name) {
    var id = new DeviceId(TenantId.DEFAULT, name);
    var asset =
        new AssetRecord(
            "demo",
            "eu",
            "line-" + (1 + index % 3),
            type,
            "maintenance",
            SITES[index % SITES.length],
            Map.of());
    register(new NewDevice(id, asset));
    var store = new DeviceStore(storeOf(id), random);
    String token = "";
    if (state(id) != LifecycleState.ACTIVE || store.enrolled().isEmpty()) {
      token = enroll(id, store);
    }
    TlsMaterial material =
        store
            .enrolled()
            .orElseThrow()
            .material(new TrustedRoots(server.authority().roots()), server.doorId().uri());
    return new Unit(id, material, MqttConnector.tls(material, InstantSource.system()), token);
  }

  private void register(NewDevice device) {
    Registration outcome = server.registry().addDevice(device, server.operatorId().uri());
    if (outcome instanceof Registration.Invalid(var mistakes)) {
      throw new IllegalStateException("the demo's own device is refused: " + mistakes);
    }
  }

  private LifecycleState state(DeviceId id) {
    return server.registry().find(id).map(Principal::state).orElseThrow();
  }

  /** Beside the data folder, not in it: devices are somewhere else. */
  private Path storeOf(DeviceId id) {
    Path data = settings.config().data();
    return data.resolveSibling(data.getFileName() + "-devices").resolve(id.name());
  }

  private String enroll(DeviceId id, DeviceStore store) {
    Registry registry = server.registry();
    if (state(id) != LifecycleState.REGISTERED) {
      readmit(id);
    }
    String token = newToken();
    TokenCreation created =
        registry.createToken(id, Registry.tokenHash(token), TOKEN_LIFE, server.operatorId().uri());
    if (!(created instanceof TokenCreation.Created)) {
      throw new IllegalStateException("no token for " + id + ": " + created);
    }
    KeyPair key = store.newKey();
    return switch (enroller().enroll(id.name(), token, key)) {
      case Enroller.Enrolled.Issued(var chain, var _) -> {
        store.save(key, chain);
        yield token;
      }
      case Enroller.Enrolled.Refused(int status, String reason) ->
          throw new IllegalStateException(
              "enrolling %s was refused: %d %s".formatted(id, status, reason));
      case Enroller.Enrolled.Failed(String why) ->
          throw new UnavailableException("enrolling " + id + ": " + why);
    };
  }

  /** A machine of an earlier run that was cut off, or whose key is gone, starts over (RG-4). */
  private void readmit(DeviceId id) {
    var act = new Act(server.operatorId().uri(), "demo started again");
    if (state(id) != LifecycleState.COMPROMISED) {
      server.registry().transition(id, LifecycleState.DISABLED, act);
    }
    server.registry().transition(id, LifecycleState.REGISTERED, act);
  }

  private String newToken() {
    byte[] token = new byte[32];
    random.nextBytes(token);
    return Base64Text.forUrl(Bytes.adopt(token));
  }

  /** Machines with a load cycle, one reading a second each; every ninth develops a fault. */
  SimulatedFleet simulated(Entropy entropy) {
    var members = new ArrayList<SimulatedFleet.Member>();
    for (int i = 0; i < units.size(); i++) {
      var machine = new Machine(settings.seed() * 1_000 + i, i % FAULTY_EVERY == FAULTY_EVERY - 1);
      String firmware = i % 5 == 4 ? FIRMWARE_OLD : FIRMWARE;
      members.add(
          member(
              units.get(i),
              entropy,
              () ->
                  Optional.of(
                      new Telemetry(
                          Instant.now(), machine.step(1), Map.of(), Optional.empty(), firmware))));
    }
    return new SimulatedFleet(members, timer);
  }

  /** Machines that read out a file; see {@link ReplaySource}. */
  SimulatedFleet replayed(ReplaySource source, Entropy entropy) {
    var members = new ArrayList<SimulatedFleet.Member>();
    for (int i = 0; i < units.size(); i++) {
      int device = i;
      members.add(member(units.get(i), entropy, () -> source.next(device, FIRMWARE)));
    }
    return new SimulatedFleet(members, timer);
  }

  private SimulatedFleet.Member member(
      Unit unit, Entropy entropy, Supplier<Optional<Telemetry>> next) {
    var store = new DeviceStore(storeOf(unit.id()), random);
    var shared =
        new MqttPublisher.Shared(
            connector, timer, InstantSource.system(), RandomGenerator.getDefault());
    var session = new MqttPublisher.Session(door(), unit.tls(), unit.id());
    var publisher = new MqttPublisher(session, store.queue(QUEUE_BYTES_MAX, entropy), shared);
    return new SimulatedFleet.Member(publisher, "telemetry", next);
  }

  @Override
  public void close() {
    connector.close();
    timer.shutdownNow();
  }
}
