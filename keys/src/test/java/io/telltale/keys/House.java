package io.telltale.keys;

import io.telltale.crypto.Entropy;
import io.telltale.dbtestkit.TestStores;
import io.telltale.fakes.KeyedSealer;
import io.telltale.kernel.Assurance;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.Scope;
import io.telltale.kernel.Sensitivity;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.leases.Openers;
import io.telltale.leases.Operation;
import io.telltale.leases.RecordOpener;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.SealerDirectory;
import io.telltale.leases.Sealers;
import io.telltale.record.Origin;
import io.telltale.record.SequenceMark;
import io.telltale.testkit.MovingClock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.NullMarked;

/** A real authority on real files, with a door, a pipeline, an operator and a clock to turn. */
@NullMarked
public final class House implements AutoCloseable {
  public static final Scope SCOPE = scope("plant-1", Sensitivity.INTERNAL);
  public static final SpiffeId DOOR = service("door");
  public static final SpiffeId PIPELINE = service("pipeline");
  static final SpiffeId OPERATOR =
      new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator");
  public static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  public final MovingClock clock = new MovingClock(NOON);
  public final KeyedSealer door = new KeyedSealer(DOOR);
  private final Path folder;
  private FileBackend backend;
  public KeyAuthority authority;

  public House(Path folder) {
    this.folder = folder;
    this.backend = backend();
    this.authority = authority();
    for (Operation operation : List.of(Operation.SEAL)) {
      authority.grant(Grant.all(DOOR, operation), act("first start"));
    }
    for (Operation operation : List.of(Operation.OPEN, Operation.WRAP)) {
      authority.grant(Grant.all(PIPELINE, operation), act("first start"));
    }
    for (Operation operation : List.of(Operation.ROTATE, Operation.DISABLE, Operation.DESTROY)) {
      authority.grant(Grant.all(OPERATOR, operation), act("first start"));
    }
  }

  private FileBackend backend() {
    return FileBackend.open(
        folder.resolve("keys"),
        TestStores.at(folder.resolve("keys").resolve("backend.db")),
        new FileBackend.Environment(new Passphrase.None(), Entropy.system(), clock));
  }

  private KeyAuthority authority() {
    return KeyAuthority.open(
        TestStores.at(folder.resolve("shred").resolve("shred.db")),
        backend,
        Entropy.system(),
        clock);
  }

  public void restart() {
    close();
    backend = backend();
    authority = authority();
  }

  public FileBackend keyBackend() {
    return backend;
  }

  public RecordSealer sealer() {
    return Sealers.create(door, authority.pinned(), Entropy.system(), clock);
  }

  public Openers.Setup setup(int partition) {
    return new Openers.Setup(
        partition, PIPELINE, authority, directory(door), authority.stateSeal(PIPELINE), clock);
  }

  public RecordOpener opener(int partition) {
    return Openers.open(setup(partition));
  }

  public static SealerDirectory directory(KeyedSealer... doors) {
    return (credential, announced) -> {
      for (KeyedSealer door : doors) {
        if (door.credential().equals(credential)) {
          return Optional.of(door.shown());
        }
      }
      return Optional.empty();
    };
  }

  public List<String> eventTypes() {
    return authority.outbox().after(0, 10_000).stream()
        .map(Outbox.Numbered::event)
        .map(Event::type)
        .toList();
  }

  public static KeyAct act(String reason) {
    return new KeyAct(OPERATOR, reason);
  }

  public static SpiffeId service(String name) {
    return new SpiffeId("telltale.local", TenantId.DEFAULT, SpiffeId.Kind.SERVICE, name);
  }

  public static Scope scope(String environment, Sensitivity sensitivity) {
    return new Scope(TenantId.DEFAULT, environment, "eu", "pumps", sensitivity);
  }

  public static Origin origin(long sequence) {
    return origin(SCOPE, "pump-7", sequence);
  }

  public static Origin origin(Scope scope, String device, long sequence) {
    return new Origin(
        new DeviceId(scope.tenant(), device),
        7,
        Fingerprint.ofDer(new byte[] {1}),
        Fingerprint.ofDer(new byte[] {2}),
        List.of(),
        "1.2.3",
        "unattested",
        scope,
        "telemetry",
        "telemetry@1",
        OptionalLong.of(sequence),
        NOON,
        NOON,
        DOOR.uri(),
        "mqtt5:8883",
        42,
        1,
        Assurance.DOOR_ATTESTED,
        1,
        SequenceMark.NONE);
  }

  public static Bytes payload(long sequence) {
    return Bytes.utf8("{\"seq\":" + sequence + ",\"values\":{\"temperature\":21.5}}");
  }

  @Override
  public void close() {
    authority.close();
    backend.close();
  }
}
