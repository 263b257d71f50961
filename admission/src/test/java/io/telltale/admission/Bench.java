package io.telltale.admission;

import io.telltale.fakes.MemoryLog;
import io.telltale.fakes.MemorySealer;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Counters;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.KeyedHash;
import io.telltale.kernel.SpiffeId;
import io.telltale.record.ReadingHash;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.Identity;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.ParsedPolicy;
import io.telltale.roster.Policy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** One admission on a hand-turned event loop, with a memory log and sealer. */
final class Bench {
  static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  static final String TOPIC = "t/default/d/press-1/telemetry";

  static final String POLICY =
      """
      {"version": 7,
       "deviceTypes": [
         {"name": "press", "messageTypes": ["telemetry", "alarm"],
          "limits": {"messagesPerSecond": 100, "burst": 50, "bytesPerSecond": 100000},
          "replay": "sequence", "attestationRequired": false},
         {"name": "beacon", "messageTypes": ["telemetry"],
          "limits": {"messagesPerSecond": 100, "burst": 50, "bytesPerSecond": 100000},
          "replay": "session-only", "attestationRequired": false},
         {"name": "historian", "messageTypes": ["archive"],
          "limits": {"messagesPerSecond": 100, "burst": 50, "bytesPerSecond": 100000},
          "replay": "sequence", "attestationRequired": false},
         {"name": "vault", "messageTypes": ["telemetry"],
          "limits": {"messagesPerSecond": 100, "burst": 50, "bytesPerSecond": 100000},
          "replay": "sequence", "attestationRequired": true}],
       "messageTypes": [
         {"name": "telemetry", "version": 3, "sensitivity": "confidential",
          "schema": {"type": "object",
            "properties": {"seq": {"type": "integer"}, "sent": {"type": "integer"},
              "time": {"type": "integer"}, "sourceTime": {"type": "integer"},
              "firmware": {"type": "string"},
              "units": {"type": "object", "additionalProperties": {"type": "string"}},
              "values": {"type": "object", "properties":
                {"temperature": {"type": "number", "minimum": -40, "maximum": 150}},
                "required": ["temperature"], "additionalProperties": false}},
            "required": ["values"], "additionalProperties": false},
          "fields": [{"name": "temperature", "unit": "Cel", "canonicalUnit": "Cel",
                      "min": -40, "max": 150}]},
         {"name": "archive", "version": 1, "sensitivity": "internal", "ageDaysMax": 3650,
          "schema": {"type": "object"}, "fields": []},
         {"name": "alarm", "version": 1, "sensitivity": "internal",
          "schema": {"type": "object"}, "fields": []}],
       "rules": [
         {"effect": "allow", "action": "publish", "topic": "t/{tenant}/d/{device}/telemetry"},
         {"effect": "allow", "action": "publish", "topic": "t/{tenant}/d/{device}/archive"},
         {"effect": "allow", "action": "publish", "topic": "t/{tenant}/d/{device}/alarm",
          "when": {"attribute": "asset.environment", "equals": ["production"]}}]}
      """;

  final MemoryLog log = new MemoryLog();
  final MemorySealer sealer = new MemorySealer();
  final ArrayDeque<Runnable> loop = new ArrayDeque<>();
  final List<Event> events = new CopyOnWriteArrayList<>();
  final Map<String, Long> counted = new ConcurrentHashMap<>();
  final ReplayWindows windows = emptyWindows();
  final DeviceContexts contexts = new DeviceContexts(tenant -> policy, windows, System::nanoTime);
  final Incidents incidents;
  final Admission admission;
  static final Policy policy = parse();
  Instant now = NOW;
  int reliefs;

  Bench() {
    this(AdmissionLimits.standard());
  }

  Bench(AdmissionLimits limits) {
    Counters counters = (name, cause, n) -> counted.merge(name + " " + cause, n, Long::sum);
    incidents = new Incidents(events::add, () -> now, counters);
    var parts =
        new AdmissionParts(
            limits,
            log,
            incidents,
            counters,
            () -> now,
            () -> Duration.between(NOW, now).toNanos(),
            () -> 42,
            windows,
            "spiffe://telltale.local/default/service/door");
    admission = new Admission(parts, sealer, loop::add);
    admission.onRelief(() -> reliefs++);
  }

  private static Policy parse() {
    return switch (Policy.parse(Bytes.utf8(POLICY))) {
      case ParsedPolicy.Valid valid -> valid.policy();
      case ParsedPolicy.Invalid invalid ->
          throw new IllegalStateException(invalid.mistakes().toString());
    };
  }

  static ReplayWindows emptyWindows() {
    return new ReplayWindows(new ReadingHash(new KeyedHash(new byte[16])));
  }

  /** Device 5 with a certificate of that enrolment. */
  static Identity enrolled(String name, int enrolment) {
    return identity(5, name, "press", LifecycleState.ACTIVE, enrolment);
  }

  static Identity identity(int number, String name, String type, LifecycleState state) {
    return identity(number, name, type, state, 1);
  }

  private static Identity identity(
      int number, String name, String type, LifecycleState state, int enrolment) {
    return new Identity(
        number,
        SpiffeId.parse("spiffe://telltale.local/default/device/" + name).orElseThrow(),
        state,
        new Fingerprint(Hash.ofHex("%064x".formatted(number))),
        new Fingerprint(Hash.ofHex("%064x".formatted(1))),
        CredentialState.ACTIVE,
        enrolment,
        NOW.plus(Duration.ofDays(30)),
        new AssetRecord("production", "eu", "presses", type, "team", "site", Map.of()),
        "1.0.0",
        9);
  }

  DeviceSession session(String type) {
    return session(identity(5, "press-1", type, LifecycleState.ACTIVE));
  }

  DeviceSession session(Identity identity) {
    return new DeviceSession(contexts.of(identity).orElseThrow(), "mqtt5:8883");
  }

  /** Submits, flushes and turns the loop until nothing is left to do. */
  List<Outcome> submit(DeviceSession session, Submission... submissions) {
    var outcomes = new ArrayList<Outcome>();
    for (Submission submission : submissions) {
      admission.submit(session, submission, outcomes::add);
    }
    admission.flush();
    turn();
    return outcomes;
  }

  Outcome one(DeviceSession session, Submission submission) {
    return submit(session, submission).getFirst();
  }

  void turn() {
    while (!loop.isEmpty()) {
      loop.remove().run();
    }
  }

  Submission reading(long sequence, double temperature) {
    return Submission.of(TOPIC, payload(sequence, temperature), false, 1);
  }

  Submission resent(long sequence, double temperature) {
    return Submission.of(TOPIC, payload(sequence, temperature), true, 1);
  }

  /** The same reading with a {@code sent} that is so much later. */
  static Submission later(Submission one, long seconds) {
    var payload = new StringBuilder(one.payload().asUtf8());
    int from = payload.indexOf("\"sent\":") + 7;
    int to = payload.indexOf(",", from);
    long sent = Long.parseLong(payload.substring(from, to)) + 1_000 * seconds;
    payload.replace(from, to, Long.toString(sent));
    return Submission.of(one.topic(), Bytes.utf8(payload.toString()), one.resend(), one.packet());
  }

  Submission raw(String json) {
    return on(TOPIC, json);
  }

  static Submission on(String topic, String json) {
    return Submission.of(topic, Bytes.utf8(json), false, 1);
  }

  Bytes payload(long sequence, double temperature) {
    return Bytes.utf8(
        "{\"seq\":%d,\"sent\":%d,\"time\":%d,\"values\":{\"temperature\":%s}}"
            .formatted(sequence, now.toEpochMilli(), now.toEpochMilli(), temperature));
  }
}
