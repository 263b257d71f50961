package io.telltale.pipeline;

import static io.telltale.dbtestkit.TestStores.at;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.db.Database;
import io.telltale.db.StoreDriver;
import io.telltale.fakes.KeyedSealer;
import io.telltale.kernel.Assurance;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Halts;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.FileBackend;
import io.telltale.keys.Grant;
import io.telltale.keys.KeyAct;
import io.telltale.keys.KeyAuthority;
import io.telltale.keys.Passphrase;
import io.telltale.lake.LakeWriter;
import io.telltale.leases.KeyService;
import io.telltale.leases.Openers;
import io.telltale.leases.Operation;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.SealerDirectory;
import io.telltale.leases.SealerRuns;
import io.telltale.leases.Sealers;
import io.telltale.log.RecordLog;
import io.telltale.logembedded.EmbeddedLog;
import io.telltale.logembedded.EmbeddedLogConfig;
import io.telltale.objects.ObjectStore;
import io.telltale.objectslocal.LocalObjects;
import io.telltale.pipeline.intake.Gathered;
import io.telltale.pipeline.intake.Isolation;
import io.telltale.pipeline.intake.PartitionIntake;
import io.telltale.pipeline.intake.PartitionState;
import io.telltale.pipeline.intake.RecordSteps;
import io.telltale.pipeline.intake.Trust;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.pipeline.minutes.FinalMinutes;
import io.telltale.pipeline.minutes.Minutes;
import io.telltale.pipeline.minutes.PastWaits;
import io.telltale.pipeline.runs.Doors;
import io.telltale.pipeline.runs.DoorsState;
import io.telltale.pipeline.windows.DeviceWindows;
import io.telltale.record.Origin;
import io.telltale.record.SequenceMark;
import io.telltale.registry.Act;
import io.telltale.registry.CredentialChange;
import io.telltale.registry.NewCredential;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registry;
import io.telltale.registry.RegistryBook;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.Identity;
import io.telltale.roster.Protection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/** Everything around the pipeline, real but for the lake's tables, under a clock to turn. */
final class Plant implements AutoCloseable {
  static final String DOMAIN = "telltale.local";
  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  static final SpiffeId DOOR = service("door");
  static final SpiffeId PIPELINE = service("pipeline");
  static final SpiffeId OPERATOR =
      new SpiffeId(DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator");
  static final KeyAct KEY_ACT = new KeyAct(OPERATOR, "test");

  /** What a commit tells its fault point, in order. */
  static final List<String> COMMIT_STEPS =
      List.of("before-prepare", "before-leaves", "before-transaction", "after-transaction");

  private volatile Instant now = NOON;
  final InstantSource clock = () -> now;
  final RecordLog log;
  final Database database;
  final TableLake lake;
  final ObjectStore objects;
  final Registry registry;
  final KeyAuthority keys;
  final Path folder;
  private final FileBackend backend;
  private final KeyedSealer door;
  DoorStatements doors = DoorStatements.none();
  LongSupplier nanoTime = System::nanoTime;
  final Map<Halts.Kind, String> standing = new ConcurrentHashMap<>();
  final Halts halts = this::halted;
  private int certificates;

  Plant(Path folder) {
    this(folder, store -> store);
  }

  /**
   * @param through what stands before the pipeline's store
   */
  Plant(Path folder, UnaryOperator<StoreDriver> through) {
    this.folder = folder;
    this.door = new KeyedSealer(DOOR, doorKey(folder));
    this.log =
        EmbeddedLog.open(
            EmbeddedLogConfig.in(folder.resolve("log")).withFreeBytes(() -> Long.MAX_VALUE));
    var migrations = new ArrayList<>(Pipeline.migrations());
    migrations.add(TableLake.TABLES);
    var environment = new FileBackend.Environment(new Passphrase.None(), Entropy.system(), clock);
    this.backend = FileBackend.open(folder.resolve("keys"), at(folder, "backend.db"), environment);
    this.database =
        Database.open(
            through.apply(at(folder, "pipeline.db")), migrations, backend.storeSeal("pipeline"));
    this.lake = new TableLake(database);
    this.objects = new LocalObjects(folder.resolve("objects"));
    this.registry =
        Registry.open(
            new Registry.Settings(
                at(folder, "control.db"), DOMAIN, clock, backend.storeSeal("registry")));
    this.keys = KeyAuthority.open(at(folder, "shred.db"), backend, Entropy.system(), clock);
    keys.grant(Grant.all(DOOR, Operation.SEAL), KEY_ACT);
    keys.grant(Grant.all(PIPELINE, Operation.OPEN), KEY_ACT);
    keys.grant(Grant.all(PIPELINE, Operation.WRAP), KEY_ACT);
    keys.grant(Grant.all(OPERATOR, Operation.DISABLE), KEY_ACT);
    keys.grant(Grant.all(OPERATOR, Operation.DESTROY), KEY_ACT);
  }

  // Kept, so that a later process knows the door that sealed.
  private static KeyPair doorKey(Path folder) {
    Path privateKey = folder.resolve("door.key");
    Path publicKey = folder.resolve("door.pub");
    try {
      if (!Files.exists(publicKey)) {
        KeyPair fresh = EcdsaP256.generate();
        Files.write(privateKey, fresh.getPrivate().getEncoded());
        Files.write(publicKey, fresh.getPublic().getEncoded());
        return fresh;
      }
      KeyFactory keys = KeyFactory.getInstance("EC");
      return new KeyPair(
          keys.generatePublic(new X509EncodedKeySpec(Files.readAllBytes(publicKey))),
          keys.generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(privateKey))));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SpiffeId service(String name) {
    return new SpiffeId(DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, name);
  }

  void turn(Duration by) {
    now = now.plus(by);
  }

  static PipelineSettings standard() {
    return PipelineSettings.standard(EmbeddedLog.RECENT_BYTES);
  }

  static PipelineSettings settings() {
    return standard().but().commitEvery(Duration.ZERO).provisionalEvery(Duration.ZERO).build();
  }

  private void halted(Halts.Kind kind, String about, long count, String why) {
    if (why.isEmpty()) {
      standing.remove(kind);
    } else {
      standing.put(kind, why);
    }
  }

  PipelineParts parts() {
    return parts(lake, settings());
  }

  PipelineParts parts(LakeWriter writer, PipelineSettings settings) {
    return parts(settings, log, writer, openers());
  }

  PipelineParts withOpeners(OpenerFactory openers) {
    return parts(settings(), log, lake, openers);
  }

  /** On another log than the plant's own. */
  PipelineParts withLog(RecordLog other, PipelineSettings settings) {
    return parts(settings, other, lake, openers());
  }

  private OpenerFactory openers() {
    return (partition, state, memory) ->
        Openers.open(
            new Openers.Setup(
                partition, PIPELINE, keys, sealers(), keys.stateSeal(PIPELINE), clock),
            state,
            memory);
  }

  private PipelineParts parts(
      PipelineSettings settings, RecordLog read, LakeWriter writer, OpenerFactory openers) {
    return new PipelineParts(
        settings,
        read,
        database,
        writer,
        objects,
        openers,
        doors,
        registry.view(),
        new RegistryBook(registry),
        registry.policies(),
        this::use,
        keys.stateSeal(PIPELINE),
        keys.fileKeys(PIPELINE),
        Entropy.system(),
        PIPELINE,
        clock,
        nanoTime,
        Counters.none(),
        halts);
  }

  private ScopeGate.Use use(Scope scope) {
    KeyService.Standing standing = keys.standing(scope, Operation.WRAP, PIPELINE);
    return switch (standing) {
      case ALLOWED -> ScopeGate.Use.OPEN;
      case DENIED, DISABLED -> ScopeGate.Use.HELD;
      case DESTROYED -> ScopeGate.Use.GONE;
    };
  }

  private SealerDirectory sealers() {
    return (credential, _) ->
        credential.equals(door.credential()) ? Optional.of(door.shown()) : Optional.empty();
  }

  RecordSealer sealer() {
    return sealer(SealerRuns.unstated(Entropy.system(), RecordLog.PARTITIONS));
  }

  RecordSealer sealer(SealerRuns runs) {
    return Sealers.create(() -> door, runs, keys.pinned(), Entropy.system(), clock);
  }

  /** Registers a device in an environment of its own scope, with a credential. */
  Identity device(String name, String environment) {
    var id = new DeviceId(TenantId.DEFAULT, name);
    var asset =
        new AssetRecord(
            environment, "eu", "pumps", "press", "team-a", "hall-1", Map.of("line", "7"));
    registry.addDevice(new NewDevice(id, asset), "test");
    return enroll(id.in(DOMAIN), name);
  }

  /** The next enrolment of the same device. */
  Identity replaceBoard(Identity device) {
    return enroll(device.id(), "board");
  }

  /** What the device has next, beside what it has for another hour. */
  Identity renew(Identity device) {
    var change =
        registry.renewCredential(device.credential(), credential("next"), Duration.ofHours(1));
    return ((CredentialChange.Done) change).identity();
  }

  Identity enroll(SpiffeId id, String name) {
    var done = registry.addCredential(id, credential(name), new Act(OPERATOR.uri(), "t"));
    return ((CredentialChange.Done) done).identity();
  }

  private NewCredential credential(String name) {
    certificates++;
    return new NewCredential(
        Bytes.utf8("certificate " + certificates + " of " + name),
        Fingerprint.ofDer(new byte[] {1}),
        Integer.toHexString(certificates),
        now.minusSeconds(60),
        now.plus(Duration.ofDays(30)),
        Hash.sha256(Bytes.utf8("key " + certificates + name)),
        Protection.SOFTWARE);
  }

  Origin origin(Identity device, long sequence) {
    return origin(device, sequence, 1);
  }

  Origin origin(Identity device, long sequence, int policyVersion) {
    TenantId tenant = device.id().tenant();
    Scope scope =
        new Scope(tenant, device.asset().environment(), "eu", "pumps", Sensitivity.INTERNAL);
    return new Origin(
        new DeviceId(tenant, device.id().name()),
        device.number(),
        device.credential(),
        device.issuer(),
        List.of(),
        "1.2.3",
        "unattested",
        scope,
        "telemetry",
        "telemetry@1",
        OptionalLong.of(sequence),
        now,
        now,
        DOOR.uri(),
        "mqtt5:8883",
        registry.view().position(),
        policyVersion,
        Assurance.DOOR_ATTESTED,
        device.enrolment(),
        SequenceMark.NONE);
  }

  Bytes payload(long sequence, double temperature) {
    return payload(sequence, now, "{\"temperature\":" + temperature + "}", "{}");
  }

  static Bytes payload(long sequence, Instant time, String values, String units) {
    return Bytes.utf8(
        "{\"seq\":%d,\"sent\":%d,\"time\":%d,\"values\":%s,\"units\":%s}"
            .formatted(sequence, time.toEpochMilli(), time.toEpochMilli(), values, units));
  }

  /** What a door would append for a record. */
  static List<RecordLog.Entry> sealed(
      RecordSealer sealer, int partition, Origin origin, Bytes payload) {
    return switch (sealer.seal(partition, origin, payload)) {
      case RecordSealer.Sealed.Ready ready ->
          ready.entries().stream().map(body -> new RecordLog.Entry(partition, body)).toList();
      case RecordSealer.Sealed.Unavailable unavailable ->
          throw new IllegalStateException(unavailable.why());
    };
  }

  void append(List<RecordLog.Entry> entries) {
    try {
      log.append(entries).get(30, TimeUnit.SECONDS);
    } catch (InterruptedException
        | java.util.concurrent.ExecutionException
        | java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  void publish(RecordSealer sealer, int partition, Identity device, long sequence, double value) {
    append(sealed(sealer, partition, origin(device, sequence), payload(sequence, value)));
  }

  Worker.Shared shared(FaultPoint faults) {
    return shared(lake, faults);
  }

  Worker.Shared shared(LakeWriter writer, FaultPoint faults) {
    return shared(parts(writer, settings()), faults);
  }

  Worker.Shared shared(PipelineParts parts, FaultPoint faults) {
    StateStore store = StateStore.open(parts.database(), parts.seal(), parts.entropy());
    var trust = new Trust(parts);
    return new Worker.Shared(
        parts,
        store,
        new StateAge(store.age(), System::nanoTime),
        trust,
        store.nextGeneration(),
        new Tally(parts.counters(), parts.halts()),
        new Isolation(() -> true, new Random(1), System::nanoTime),
        new PastWaits(System::nanoTime),
        faults);
  }

  /** Runs a new worker until there is nothing left that it can do. */
  PipelineStatus pump() {
    return pump(shared(step -> {}));
  }

  PipelineStatus pump(Worker.Shared shared) {
    try (var worker = new Worker(shared)) {
      boolean busy = true;
      while (busy) {
        busy = worker.round();
      }
    }
    return shared.tally().status(log);
  }

  /** Runs a new worker until it comes to that step of a commit, where it ends as if killed. */
  void crashAt(String crash) {
    var dying =
        shared(
            step -> {
              if (step.equals(crash)) {
                throw new UnavailableException("crash");
              }
            });
    assertThatThrownBy(() -> pump(dying)).isInstanceOf(UnavailableException.class);
  }

  /** Takes that many records without committing any. */
  void take(Worker.Shared shared, int records) {
    var past = new FinalMinutes(parts(), shared.store(), shared.past(), 1);
    var minutes = new Minutes(shared.store(), past, 30_000);
    var windows = DeviceWindows.within(180L << 20, shared.store());
    var book = new RegistryBook(registry);
    var steps = new RecordSteps(shared.trust(), registry.policies(), minutes, windows, book);
    var gathered = new Gathered();
    List<PartitionState> positions = shared.store().positions();
    for (int partition = 0; partition < RecordLog.PARTITIONS; partition++) {
      try (var intake =
          new PartitionIntake(
              partition,
              positions.get(partition),
              new PartitionIntake.Shared(
                  shared.parts(),
                  steps,
                  StoredLeases.of(shared.store(), shared.parts().settings()),
                  shared.isolation(),
                  SetAside.load(database, 0),
                  new Doors(DoorStatements.none(), new DoorsState())))) {
        int taken = 1;
        while (taken > 0) {
          taken = intake.take(gathered, Integer.MAX_VALUE, Long.MAX_VALUE);
        }
      }
    }
    if (gathered.records() != records) {
      throw new IllegalStateException("took " + gathered.records() + gathered.reasons());
    }
  }

  List<Event> events(String type) {
    Outbox outbox = Pipeline.outboxOf(database);
    var all = new ArrayList<Event>();
    for (var page = outbox.after(0, 10_000);
        !page.isEmpty();
        page = outbox.after(page.getLast().number(), 10_000)) {
      page.stream()
          .map(Outbox.Numbered::event)
          .filter(event -> event.type().equals(type))
          .forEach(all::add);
    }
    return all;
  }

  List<String> deadLetters() {
    var letters = "SELECT reason FROM pipeline_letters ORDER BY number";
    return database.read(
        connection -> {
          var all = new ArrayList<String>();
          try (var rows = connection.createStatement().executeQuery(letters)) {
            while (rows.next()) {
              all.add(rows.getString(1));
            }
          }
          return all;
        });
  }

  @Override
  public void close() {
    log.close();
    database.close();
    registry.close();
    keys.close();
    backend.close();
  }
}
