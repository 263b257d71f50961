package io.telltale.server;

import io.telltale.crypto.x509.Pem;
import io.telltale.doors.CutReport;
import io.telltale.doors.LoopWatch;
import io.telltale.doors.MqttDoor;
import io.telltale.doors.Sessions;
import io.telltale.kernel.Base64Text;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.pipeline.PipelineStatus;
import io.telltale.server.api.ServerFacts;
import io.telltale.server.data.TrustBundleFile;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the server knows of itself. */
final class LiveFacts implements ServerFacts {
  // `telltale key list` has all of them.
  private static final int SCOPES_TOLD = 32;
  private static final Duration CUT_MAX = Duration.ofSeconds(2);

  private final Listeners.Parts parts;
  private final Sessions sessions;
  private final LoopWatch watch;
  private final MqttDoor mqtt;
  private final int enrollPort;

  LiveFacts(
      Listeners.Parts parts, Sessions sessions, LoopWatch watch, MqttDoor mqtt, int enrollPort) {
    this.parts = parts;
    this.sessions = sessions;
    this.watch = watch;
    this.mqtt = mqtt;
    this.enrollPort = enrollPort;
  }

  @Override
  public Map<String, Object> status() {
    var pipeline = parts.dataPath().pipeline().status();
    var status = new LinkedHashMap<String, Object>();
    // What a person must look at first.
    status.put("halted", parts.dataPath().standstills().shown());
    status.put("stuck", watch.stuck().stream().map(LiveFacts::described).toList());
    String trouble = parts.dataPath().log().trouble();
    status.put("log", trouble.isEmpty() ? "available" : trouble);
    status.put("sessions", sessions.count());
    status.put("admission", parts.metrics().byCause("admission"));
    status.put("handshakes", parts.metrics().byCause("handshakes"));
    status.put("pipeline", described(pipeline));
    status.put("passphrase", parts.foundation().backend().hasPassphrase());
    parts
        .foundation()
        .token()
        .ifPresent(token -> status.put("caToken", token.trouble().orElse("available")));
    status.put("endings", parts.upkeep().endings());
    status.put("scrub", parts.place().shown());
    status.put("budget", parts.budget().facts());
    return status;
  }

  @Override
  public Map<String, Object> ledger() {
    var ledger = parts.foundation().ledger().status();
    return Map.of(
        "size", ledger.size(), "published", ledger.published(), "problem", ledger.problem());
  }

  private static Map<String, Object> described(PipelineStatus pipeline) {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("lag", pipeline.totalLag());
    facts.put("records", pipeline.records());
    facts.put("rows", pipeline.rows());
    facts.put("duplicates", pipeline.duplicates());
    facts.put("rejected", pipeline.rejected());
    facts.put("missing", pipeline.missing());
    facts.put("waiting", pipeline.waiting());
    facts.put("setAside", described(pipeline.setAside()));
    facts.put("aggregatesHeld", pipeline.aggregatesHeld());
    facts.put("halted", pipeline.halted());
    facts.put("stopped", pipeline.stopped());
    facts.put("maintenance", pipeline.maintenance());
    return facts;
  }

  private static Map<String, Object> described(PipelineStatus.Aside setAside) {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("records", setAside.total());
    facts.put("bytes", setAside.bytes());
    var scopes = new LinkedHashMap<String, Object>();
    setAside.records().entrySet().stream()
        .limit(SCOPES_TOLD)
        .forEach(scope -> scopes.put(scope.getKey(), scope.getValue()));
    facts.put("scopes", scopes);
    facts.put("waitingPartitions", setAside.full());
    return facts;
  }

  private static Map<String, Object> described(LoopWatch.Stuck stuck) {
    return Map.of(
        "thread", stuck.thread(), "seconds", stuck.since().toSeconds(), "stack", stuck.stack());
  }

  @Override
  public String trustBundle() {
    return TrustBundleFile.json(parts.foundation(), parts.config());
  }

  @Override
  public String metrics() {
    return parts.metrics().scrape();
  }

  @Override
  public EnrollmentPlace enrollment() {
    // The root's key: the door's own is new at every start, the issuing CA's with the next one.
    X509Certificate root = parts.foundation().authority().root();
    byte[] spki = root.getPublicKey().getEncoded();
    String host = parts.config().names().getFirst();
    return new EnrollmentPlace(
        parts.own().door().id().uri(),
        Base64Text.of(Hash.sha256(spki).value()),
        "https://" + host + ":" + enrollPort,
        host + ":" + mqtt.port(),
        Pem.certificates(List.of(root)));
  }

  @Override
  public List<Refusal> refusals(DeviceId device) {
    return mqtt.refusals(device).stream()
        .map(
            one ->
                new Refusal(
                    one.time(), one.protocol(), one.about(), one.why(), one.text(), one.count()))
        .toList();
  }

  @Override
  public List<Cut> cuts(int number, long position) {
    Optional<CompletableFuture<CutReport>> cut = sessions.cut(number, position);
    if (cut.isEmpty()) {
      return List.of();
    }
    try {
      CutReport report = cut.get().get(CUT_MAX.toMillis(), TimeUnit.MILLISECONDS);
      return List.of(
          new Cut(parts.own().door().id().uri(), report.cut(), Duration.ofNanos(report.nanos())));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    } catch (ExecutionException | TimeoutException e) {
      return List.of();
    }
  }
}
