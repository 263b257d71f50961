package io.telltale.doors;

import io.telltale.admission.Admission;
import io.telltale.admission.AdmissionLimits;
import io.telltale.admission.AdmissionParts;
import io.telltale.admission.DeviceContexts;
import io.telltale.admission.Incidents;
import io.telltale.admission.ReplayWindows;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.fakes.MemoryLog;
import io.telltale.fakes.MemorySealer;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.kernel.Event;
import io.telltale.kernel.KeyedHash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.record.ReadingHash;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import io.telltale.testkit.Waiting;
import java.security.KeyPair;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** An MQTT door over real TLS with real admission, and a log and a sealer in memory. */
final class Plant implements AutoCloseable {
  static final String POLICY =
      """
      {"version": 1,
       "deviceTypes": [{"name": "press", "messageTypes": ["telemetry"],
          "limits": {"messagesPerSecond": 1000000, "burst": 1000000, "bytesPerSecond": 1000000000},
          "replay": "sequence", "attestationRequired": false},
         {"name": "slow", "messageTypes": ["telemetry"],
          "limits": {"messagesPerSecond": 20, "burst": 5, "bytesPerSecond": 1000000000},
          "replay": "sequence", "attestationRequired": false},
         {"name": "plug", "messageTypes": ["lwt"],
          "limits": {"messagesPerSecond": 5, "burst": 20, "bytesPerSecond": 20000},
          "replay": "session-only", "attestationRequired": false},
         {"name": "narrow", "messageTypes": ["telemetry"],
          "limits": {"messagesPerSecond": 20, "burst": 5, "bytesPerSecond": 100000},
          "replay": "sequence", "attestationRequired": false}],
       "messageTypes": [{"name": "telemetry", "version": 1, "sensitivity": "internal",
          "schema": {"type": "object", "required": ["sent", "values"], "properties": {"values":
             {"type": "object", "properties": {"t": {"type": "number", "maximum": 100}}}}},
          "fields": [{"name": "t", "unit": "Cel", "canonicalUnit": "Cel",
                      "min": -40, "max": 100}]},
         {"name": "lwt", "version": 1, "sensitivity": "internal", "topic": "tele/{device}/LWT",
          "mapping": {"version": 1, "format": "text", "values": [
             {"name": "online", "words": {"Online": 1, "Offline": 0}}]},
          "schema": {"type": "object"}, "fields": []}],
       "rules": [{"effect": "allow", "action": "publish",
                  "topic": "t/{tenant}/d/{device}/{type}"},
                 {"effect": "allow", "action": "publish", "topic": "tele/{device}/LWT"}]}
      """;

  static final AcceptLimits ACCEPT = AcceptLimits.bounded(100_000, 512, 32 << 20);
  static final MqttLimits MQTT = MqttLimits.standard(8 << 20, 8 << 20);

  final TestCa ca = new TestCa("Plant CA");
  final AtomicReference<TrustedRoots> trusted =
      new AtomicReference<>(new TrustedRoots(List.of(ca.certificate)));
  final MemoryView view = new MemoryView();
  final MemoryLog log = new MemoryLog();
  final List<Event> events = new CopyOnWriteArrayList<>();
  final List<Identity> opened = new CopyOnWriteArrayList<>();
  final Map<String, Long> counted = new ConcurrentHashMap<>();
  final EventLoops loops = EventLoops.openForMany("door", 2, System::nanoTime);
  final Sessions sessions = new Sessions(view, System::nanoTime);
  final Counters counters = (name, cause, n) -> counted.merge(name + " " + cause, n, Long::sum);
  final InstantSource clock = InstantSource.system();
  final Incidents incidents = new Incidents(events::add, clock, counters);
  final AtomicReference<Policy> policy = new AtomicReference<>(policy());

  /** The threads that worked out what a device may do. */
  final Set<String> policyAskedBy = ConcurrentHashMap.newKeySet();

  final MqttDoor door;
  private final AtomicInteger numbers = new AtomicInteger();

  Plant() {
    this(MQTT, ACCEPT, 16 << 20);
  }

  Plant(MqttLimits mqtt, AcceptLimits accept, long inFlightBytesMax) {
    var server = ca.server();
    var standard = AdmissionLimits.standard();
    var windows = new ReplayWindows(new ReadingHash(new KeyedHash(new byte[16])));
    var parts =
        new AdmissionParts(
            new AdmissionLimits(standard.sentWindow(), inFlightBytesMax, standard.tenant()),
            log,
            incidents,
            counters,
            clock,
            System::nanoTime,
            view::position,
            windows,
            "spiffe://telltale.local/default/service/door");
    door =
        MqttDoor.open(
            new MqttDoor.Setup(
                loops,
                new Address("127.0.0.1", 0, "--mqtt-port"),
                DoorTls.of(
                    server.chain(),
                    server.key(),
                    ClientCertificate.REQUIRED,
                    check(Set.of(SpiffeId.Kind.DEVICE))),
                accept,
                mqtt),
            new DoorParts(
                loop -> new Admission(parts, new MemorySealer(), loop),
                new DeviceContexts(this::inForce, windows, System::nanoTime),
                view,
                sessions,
                incidents,
                counters,
                clock,
                opened::add,
                "spiffe://telltale.local/default/service/door"));
  }

  IdentityCheck check(Set<SpiffeId.Kind> kinds) {
    return new IdentityCheck(
        new IdentityCheck.Trust("telltale.local", trusted::get, kinds), view, clock, incidents);
  }

  private Policy inForce(TenantId tenant) {
    policyAskedBy.add(Thread.currentThread().getName());
    return policy.get();
  }

  static Policy policy() {
    return policy(POLICY);
  }

  static Policy secondVersion() {
    return policy(POLICY.replace("\"version\": 1,\n \"dev", "\"version\": 2,\n \"dev"));
  }

  /** The next version, which knows no press any more. */
  static Policy withoutPresses() {
    return policy(
        POLICY
            .replace("\"version\": 1,\n \"dev", "\"version\": 2,\n \"dev")
            .replace("press", "lathe"));
  }

  private static Policy policy(String text) {
    return switch (Policy.parse(Bytes.utf8(text))) {
      case ParsedPolicy.Valid(Policy policy) -> policy;
      case ParsedPolicy.Invalid(var mistakes) ->
          throw new IllegalStateException(mistakes.toString());
    };
  }

  /** Issued by our CA and registered as active. */
  TestCa.Credential device(String name) {
    return device(name, "press");
  }

  TestCa.Credential device(String name, KeyPair key) {
    var credential = ca.issue(TestCa.Wish.device(name), "", key);
    register(credential, "spiffe://telltale.local/default/device/" + name, "press");
    return credential;
  }

  TestCa.Credential device(String name, String type) {
    var credential = ca.issue(TestCa.Wish.device(name));
    register(credential, "spiffe://telltale.local/default/device/" + name, type);
    return credential;
  }

  Identity register(TestCa.Credential credential, String id, String type) {
    var identity =
        new Identity(
            numbers.incrementAndGet(),
            SpiffeId.parse(id).orElseThrow(),
            LifecycleState.ACTIVE,
            Certificates.fingerprint(credential.leaf()),
            Certificates.fingerprint(ca.certificate),
            CredentialState.ACTIVE,
            1,
            credential.leaf().getNotAfter().toInstant(),
            new AssetRecord("production", "eu", "line", type, "team", "site", Map.of()),
            "1.0.0",
            1);
    view.put(identity);
    return identity;
  }

  Identity identity(TestCa.Credential credential) {
    return view.byCredential(Certificates.fingerprint(credential.leaf())).orElseThrow();
  }

  void revoke(TestCa.Credential credential) {
    view.put(
        MemoryView.with(identity(credential), LifecycleState.COMPROMISED, CredentialState.REVOKED));
  }

  RawDevice raw(TestCa.Credential credential) throws Exception {
    return new RawDevice(ca.client(credential), door.port());
  }

  /** Connected in {@code version}, with the CONNACK read. */
  RawDevice connected(TestCa.Credential credential, int version) throws Exception {
    var device = raw(credential);
    device.send(RawDevice.connect(version, 60));
    var connack = device.read();
    if (connack.type() != 2 || connack.at(1) != 0) {
      throw new IllegalStateException("refused with " + connack.at(1));
    }
    return device;
  }

  static byte[] payload(long sequence, double value) {
    long now = Instant.now().toEpochMilli();
    return "{\"seq\":%d,\"sent\":%d,\"time\":%d,\"values\":{\"t\":%s}}"
        .formatted(sequence, now, now, value)
        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  long count(String key) {
    return counted.getOrDefault(key, 0L);
  }

  static void eventually(BooleanSupplier holds) throws InterruptedException {
    Waiting.until("what the test waits for", 15, holds::getAsBoolean);
  }

  static void print(String what, List<Long> nanos, Consumer<String> out) {
    var sorted = nanos.stream().sorted().toList();
    out.accept(
        "%s: n=%d p50=%.2f ms p90=%.2f ms p99=%.2f ms max=%.2f ms"
            .formatted(
                what,
                sorted.size(),
                at(sorted, 0.5),
                at(sorted, 0.9),
                at(sorted, 0.99),
                at(sorted, 1.0)));
  }

  private static double at(List<Long> sorted, double quantile) {
    int index = (int) Math.min(sorted.size() - 1L, Math.round(quantile * sorted.size()));
    return sorted.get(index) / 1e6;
  }

  @Override
  public void close() {
    door.close();
    loops.close();
    incidents.close();
  }
}
