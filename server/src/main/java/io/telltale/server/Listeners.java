package io.telltale.server;

import io.telltale.admission.Admission;
import io.telltale.admission.AdmissionLimits;
import io.telltale.admission.AdmissionParts;
import io.telltale.admission.DeviceContexts;
import io.telltale.admission.Incidents;
import io.telltale.admission.ReplayWindows;
import io.telltale.doors.Address;
import io.telltale.doors.ClientCertificate;
import io.telltale.doors.DoorParts;
import io.telltale.doors.DoorTls;
import io.telltale.doors.EventLoops;
import io.telltale.doors.HttpDoor;
import io.telltale.doors.HttpParts;
import io.telltale.doors.IdentityCheck;
import io.telltale.doors.LoopWatch;
import io.telltale.doors.MqttDoor;
import io.telltale.doors.MqttLimits;
import io.telltale.doors.PeerCheck;
import io.telltale.doors.Sessions;
import io.telltale.identity.Enrollment;
import io.telltale.identity.EnrollmentSite;
import io.telltale.identity.EstHandler;
import io.telltale.identity.OcspHandler;
import io.telltale.identity.RenewalInfoHandler;
import io.telltale.identity.RevocationLists;
import io.telltale.identity.ServiceIdentity;
import io.telltale.kernel.Halts;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.leases.RecordSealer;
import io.telltale.leases.Sealers;
import io.telltale.roster.IdentityView;
import io.telltale.server.api.Api;
import io.telltale.server.checks.ScrubPlace;
import io.telltale.server.metrics.Metrics;
import io.telltale.server.metrics.MetricsPage;
import io.telltale.server.operations.ApiWiring;
import io.telltale.server.operations.LedgerView;
import io.telltale.server.upkeep.Upkeep;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** The roles {@code door} and {@code control} as the network sees them: every listener. */
public record Listeners(Sessions sessions, Config.Ports ports) {
  private static final System.Logger LOG = System.getLogger(Listeners.class.getName());
  private static final Duration NAMED_AFTER = Duration.ofSeconds(3);
  // EX_TEMPFAIL of sysexits: whoever supervises may start it again.
  private static final int STUCK_EXIT = 75;
  private static final String LOOPBACK = "127.0.0.1";

  /** What the front stands on. */
  public record Parts(
      Config config,
      Budget budget,
      Foundation foundation,
      DataPath dataPath,
      OwnIdentities own,
      Upkeep upkeep,
      Metrics metrics,
      ScrubPlace place) {}

  static Listeners open(Parts parts, Closing closing) {
    Foundation foundation = parts.foundation();
    IdentityView view = foundation.registry().view();
    Incidents incidents =
        closing.add(
            new Incidents(
                event -> foundation.ledger().record(event), foundation.clock(), parts.metrics()));
    // Nothing that devices or strangers do may keep the operators out (or each other): revoke and
    // status have an acceptor, a loop and buffers of their own.
    EventLoops devices = closing.add(loopsOfDevices(parts.budget()));
    EventLoops strangers = closing.add(loops("enroll", 1));
    EventLoops operators = closing.add(loops("api", 1));
    LoopWatch watch = closing.add(watch(parts, List.of(devices, strangers, operators)));
    var sessions = new Sessions(view, System::nanoTime);

    // Before a door opens, and ended after it: what it acknowledges is stated, to the last.
    DoorJournal journal = closing.add(journal(parts));
    MqttDoor mqtt = closing.add(mqtt(parts, devices, sessions, incidents, journal));
    parts.upkeep().attend("door", () -> tellWhetherFull(parts, mqtt));
    parts.metrics().gauge("devices.connected", mqtt::devices);
    HttpDoor enroll = closing.add(enroll(parts, strangers));
    var ledgerView = new LedgerView(foundation.ledger(), parts.config().trustDomain());
    var facts = new LiveFacts(parts, sessions, watch, mqtt, enroll.port());
    HttpDoor api =
        closing.add(
            api(
                parts,
                operators,
                sessions,
                incidents,
                new Api(ApiWiring.parts(parts, ledgerView, facts))));
    // Behind the renewals of each: what is stapled is about the certificate beside it.
    parts.own().door().onRenewal(_ -> parts.upkeep().staples().round());
    MetricsPage metrics =
        closing.add(MetricsPage.open(LOOPBACK, parts.config().ports().metrics(), parts.metrics()));

    var ports = new Config.Ports(mqtt.port(), enroll.port(), api.port(), metrics.port());
    return new Listeners(sessions, ports);
  }

  private static void tellWhetherFull(Parts parts, MqttDoor mqtt) {
    String why =
        mqtt.wasFull()
            ? "devices were turned away: there is room for %d, and %d are connected; raise heap,"
                    .formatted(parts.budget().forDevices().knownMax(), mqtt.devices())
                + " descriptors or limits.connections, see `budget` in the status"
            : "";
    parts.dataPath().standstills().tell(Halts.Kind.DOOR_FULL, "", 1, why);
  }

  private static LoopWatch watch(Parts parts, List<EventLoops> loops) {
    var terms = new LoopWatch.Terms(NAMED_AFTER, parts.config().watchdog());
    LoopWatch watch = LoopWatch.start(loops, terms, parts.metrics(), Listeners::endProcess);
    parts.metrics().gauge("loops.stuck.now", () -> watch.stuck().size());
    return watch;
  }

  // At once: hooks and closing would wait for the loop that does not come back.
  private static void endProcess() {
    LOG.log(System.Logger.Level.ERROR, "server.ends exit={0} why=\"a loop is stuck\"", STUCK_EXIT);
    System.err.println("telltale: an event loop is stuck; ending, to be started again (exit 75)");
    Runtime.getRuntime().halt(STUCK_EXIT);
  }

  private static EventLoops loopsOfDevices(Budget budget) {
    int threads = Runtime.getRuntime().availableProcessors();
    boolean mayWait = budget.readsMayWait();
    EventLoops loops =
        mayWait
            ? EventLoops.openForMany("door", threads, System::nanoTime)
            : loops("door", threads);
    String why = mayWait ? "" : " why=\"no direct memory for a waiting read of each device\"";
    LOG.log(System.Logger.Level.INFO, "door.transport is={0}{1}", loops.transport(), why);
    return loops;
  }

  private static EventLoops loops(String name, int threads) {
    return EventLoops.open(name, threads, System::nanoTime);
  }

  private static MqttDoor mqtt(
      Parts parts, EventLoops loops, Sessions sessions, Incidents incidents, DoorJournal journal) {
    Foundation foundation = parts.foundation();
    IdentityView view = foundation.registry().view();
    // Before the door opens, or a restart would take a captured message again (IN-7).
    var windows =
        new ReplayWindows(parts.dataPath().pipeline().readingHash(), parts.budget().doorWindows());
    parts.dataPath().pipeline().replayWindows(windows::load);
    parts.dataPath().pipeline().start();
    var shared =
        new AdmissionParts(
            admissionLimits(parts.budget()),
            parts.dataPath().log(),
            incidents,
            parts.metrics(),
            foundation.clock(),
            System::nanoTime,
            view::position,
            windows,
            parts.own().door().id().uri());
    Function<Executor, Admission> admissions =
        loop -> new Admission(shared, sealer(parts, journal), loop);
    DoorTls tls =
        tls(parts, ClientCertificate.REQUIRED, check(parts, incidents, SpiffeId.Kind.DEVICE));
    return MqttDoor.open(
        new MqttDoor.Setup(
            loops,
            new Address(
                parts.config().host(), parts.config().ports().mqtt(), setting("listen.mqtt")),
            tls,
            parts.budget().forDevices(),
            MqttLimits.standard(parts.budget().holdBytes(), parts.budget().willBytes())),
        new DoorParts(
            admissions,
            new DeviceContexts(
                foundation.registry().policies()::inForce, windows, System::nanoTime),
            view,
            sessions,
            incidents,
            parts.metrics(),
            foundation.clock(),
            foundation.registry()::used,
            parts.own().door().id().uri()));
  }

  /** As a person can change it, the demo's too. */
  private static String setting(String key) {
    return "%s (in --config's file) or %s".formatted(key, ConfigReader.variable(key));
  }

  static AdmissionLimits admissionLimits(Budget budget) {
    AdmissionLimits standard = AdmissionLimits.standard();
    return new AdmissionLimits(
        standard.sentWindow(),
        budget.inFlightBytes() / Runtime.getRuntime().availableProcessors(),
        standard.tenant());
  }

  private static DoorJournal journal(Parts parts) {
    Foundation foundation = parts.foundation();
    return DoorJournal.open(
        new DoorJournal.Parts(
            foundation.ledger(),
            parts.dataPath().log(),
            () -> new DoorSealer(parts.own().door().current()),
            foundation.entropy(),
            foundation.clock()));
  }

  private static RecordSealer sealer(Parts parts, DoorJournal journal) {
    Foundation foundation = parts.foundation();
    return Sealers.create(
        () -> new DoorSealer(parts.own().door().current()),
        journal,
        foundation.keys().pinned(),
        foundation.entropy(),
        foundation.clock());
  }

  /** A listener's TLS, which shows the newest certificate to whoever connects from now on. */
  private static DoorTls tls(Parts parts, ClientCertificate wanted, PeerCheck check) {
    ServiceIdentity first = parts.own().door().current();
    DoorTls tls = DoorTls.of(first.chain(), first.key(), wanted, check);
    parts.upkeep().staples().attend(tls);
    parts.own().door().onRenewal(next -> tls.renew(next.chain(), next.key()));
    return tls;
  }

  private static IdentityCheck check(Parts parts, Incidents incidents, SpiffeId.Kind... kinds) {
    Foundation foundation = parts.foundation();
    return new IdentityCheck(
        new IdentityCheck.Trust(
            parts.config().trustDomain(), foundation.authority()::trust, Set.of(kinds)),
        foundation.registry().view(),
        foundation.clock(),
        incidents);
  }

  private static HttpDoor enroll(Parts parts, EventLoops loops) {
    Foundation foundation = parts.foundation();
    var est =
        new EstHandler(
            new EstHandler.Parts(
                foundation.authority(),
                new Enrollment(
                    foundation.authority(),
                    foundation.register(),
                    Enrollment.Terms.standard(parts.config().trustDomain())),
                parts.metrics(),
                foundation.clock(),
                TenantId.DEFAULT,
                EstHandler.Limits.STANDARD));
    RevocationLists lists = parts.upkeep().lists();
    foundation.registry().revoked().onChange(lists::changed);
    OcspHandler ocsp = parts.upkeep().staples().responder();
    var handler =
        new EnrollmentSite(
            est,
            lists,
            ocsp,
            new RenewalInfoHandler(
                foundation.authority(),
                foundation.register(),
                parts.metrics(),
                foundation.clock()));
    return HttpDoor.open(
        new HttpDoor.Setup(
            loops,
            new Address(
                parts.config().host(), parts.config().ports().enroll(), setting("listen.enroll")),
            tls(parts, ClientCertificate.OPTIONAL, new EnrollmentCheck(foundation.authority())),
            parts.budget().forEnrollment(),
            parts.budget().enrollmentRequests()),
        new HttpParts("est", handler, parts.metrics(), Optional.empty()));
  }

  private static HttpDoor api(
      Parts parts, EventLoops loops, Sessions sessions, Incidents incidents, Api api) {
    return HttpDoor.open(
        new HttpDoor.Setup(
            loops,
            new Address(LOOPBACK, parts.config().ports().api(), setting("listen.api")),
            tls(
                parts,
                ClientCertificate.REQUIRED,
                check(parts, incidents, SpiffeId.Kind.PERSON, SpiffeId.Kind.SERVICE)),
            parts.budget().forOperators(),
            parts.budget().apiRequests()),
        new HttpParts("api", api, parts.metrics(), Optional.of(sessions)));
  }
}
