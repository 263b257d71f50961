package io.telltale.server;

import io.telltale.crypto.x509.SubjectName;
import io.telltale.identity.CertificateAuthority;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Event;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.registry.Registry;
import io.telltale.server.checks.Checks;
import io.telltale.server.checks.Scrub;
import io.telltale.server.checks.ScrubPlace;
import io.telltale.server.data.AuthorityAnew;
import io.telltale.server.data.DataFolder;
import io.telltale.server.data.LogFile;
import io.telltale.server.data.PortsFile;
import io.telltale.server.data.RootListsFile;
import io.telltale.server.data.TrustBundleFile;
import io.telltale.server.metrics.Metrics;
import io.telltale.server.metrics.RefusalCounts;
import io.telltale.server.upkeep.CaEvents;
import io.telltale.server.upkeep.Upkeep;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Every role in one process. Reads as a table of contents: what is started later stands on what was
 * started before.
 */
public final class Server implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Server.class.getName());
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

  private static final Instant MADE = Instant.parse("2026-01-01T00:00:00Z");

  private final Config config;
  private final Budget budget;
  private final DataFolder folder;
  private final Path logFile;
  private final Closing closing;
  private final Metrics metrics;
  private final Foundation foundation;
  private final Upkeep upkeep;
  private final DataPath dataPath;
  private final Listeners front;
  private final Scrub scrub;
  private final LastLine last;
  private boolean madeAnew;

  /** What a server is started with. */
  private record Opened(
      Config config, Budget budget, InstantSource clock, Path logFile, LastLine last) {}

  /** The log's last line says that it has ended, and why. */
  private static final class LastLine implements AutoCloseable {
    private volatile String why = "it could not start";

    @Override
    public void close() {
      LOG.log(System.Logger.Level.INFO, "server.stopped why=\"{0}\"", why);
    }
  }

  private Server(Opened opened, DataFolder folder, Closing closing) {
    Config config = opened.config();
    Budget budget = opened.budget();
    InstantSource clock = opened.clock();
    this.config = config;
    this.budget = budget;
    this.folder = folder;
    this.logFile = opened.logFile();
    this.last = opened.last();
    this.closing = closing;
    this.metrics = new Metrics();
    this.foundation = Foundation.open(config, folder, clock, closing);
    CaEvents.requireNewest(foundation);
    var own = OwnIdentities.made(foundation, hosts(config.names()));
    this.dataPath = DataPath.open(config, budget, folder, foundation, metrics, closing);
    var watch = new Upkeep.Watch(dataPath.standstills(), dataPath.lookout(foundation), metrics);
    this.upkeep = closing.add(new Upkeep(foundation, own, new Operator(folder, foundation), watch));
    var place = ScrubPlace.in(folder.root().resolve("scrub"));
    metrics.gauge("scrub.whole.seconds", () -> place.age(clock.instant()));
    this.front =
        Listeners.open(
            new Listeners.Parts(config, budget, foundation, dataPath, own, upkeep, metrics, place),
            closing);
    this.scrub = closing.add(scrub(place));
  }

  private Scrub scrub(ScrubPlace place) {
    var small = new ArrayList<>(Checks.small(foundation, config, folder));
    small.add(Checks.unchangedKeys(folder.part("keys")));
    return new Scrub(
        pace -> Checks.running(foundation, dataPath, small, pace),
        new Scrub.Watch(
            dataPath.standstills(),
            metrics,
            foundation.ledger(),
            foundation.names().authority(),
            foundation.clock()),
        place);
  }

  private static List<SubjectName> hosts(List<String> names) {
    return names.stream()
        .map(name -> IPV4.matcher(name).matches() ? SubjectName.ip(name) : SubjectName.dns(name))
        .toList();
  }

  /**
   * Starts everything; returns when devices can connect. Throws {@link UnavailableException} or
   * {@link CorruptException} that says what to do.
   */
  public static Server start(Config config) {
    return start(config, InstantSource.system());
  }

  /** The same by another clock. */
  public static Server start(Config config, InstantSource clock) {
    requirePlausible(clock.instant());
    Budget budget = Budget.of(Machine.here(), config.limits());
    var closing = new Closing();
    DataFolder folder = closing.add(DataFolder.at(config.data()));
    if (!folder.claim()) {
      closing.close();
      throw new UnavailableException(
          "another Telltale is running on "
              + config.data()
              + ": stop it, or choose another folder with --data");
    }
    try {
      PortsFile.remove(folder);
      // Before all else but the folder, so that it is closed behind all else.
      LogFile log = closing.add(LogFile.open(folder.part("logs")));
      var last = closing.add(new LastLine());
      var opened = new Opened(config, budget, clock, log.path(), last);
      var server = new Server(opened, folder, closing);
      server.announce();
      // After everything else: nobody has a reading to ask for yet.
      server.dataPath.lake().warmUp();
      last.why = "its command has ended";
      return server;
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "server.start_failed", e);
      closing.close();
      throw e;
    }
  }

  // Before anything is written: a CA of 1970 would be at its end when the clock is set.
  private static void requirePlausible(Instant now) {
    if (now.isBefore(MADE)) {
      throw new UnavailableException(
          ("this machine's clock says %s, before Telltale was made: set it (timedatectl set-ntp"
                  + " true, or date -s) and start again; nothing was written")
              .formatted(now.truncatedTo(ChronoUnit.SECONDS)));
    }
  }

  private void announce() {
    upkeep.round();
    upkeep.start();
    scrub.start();
    madeAnew = new AuthorityAnew(foundation, folder).tell();
    if (TrustBundleFile.write(foundation, config, folder)) {
      LOG.log(System.Logger.Level.INFO, "operator.trust_bundle written=true");
    }
    RootListsFile.write(foundation, folder);
    upkeep.attend("trust-bundle", this::keepTrustBundle);
    folder.tighten();
    foundation.ledger().record(event("server.started"));
    // Last: whoever finds the ports finds the rest, too.
    PortsFile.write(folder, ports());
    LOG.log(
        System.Logger.Level.INFO,
        "server.started mqtt={0,number,#} enroll={1,number,#} api={2,number,#}",
        ports().mqtt(),
        ports().enroll(),
        ports().api());
    LOG.log(System.Logger.Level.INFO, "server.budget {0}", budget.text());
    if (foundation.backend().rootReplaced()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "keys.root-replaced why=\"the one before lay in the clear; copies of it still open"
              + " copies of what was sealed under it: docs/operating.md\"");
    }
    warnOfOpenSecrets();
    if (!foundation.backend().hasPassphrase()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "keys.no_passphrase why=\"whoever can read keys/root.key has every key; set"
              + " keys.passphrase-file\"");
    }
  }

  // A root that was revoked leaves the bundle: what was sealed under it is proven by the one
  // before.
  private void keepTrustBundle() {
    boolean drops =
        TrustBundleFile.written(folder)
            .filter(now -> !foundation.authority().provingRoots().containsAll(now.caRoots()))
            .isPresent();
    if (drops) {
      TrustBundleFile.keep(folder, foundation.clock().instant());
    }
    TrustBundleFile.write(foundation, config, folder);
    RootListsFile.write(foundation, folder);
  }

  private void warnOfOpenSecrets() {
    if (config.hasPassphrase()) {
      SecretFileMode.warning("keys.passphrase-file", config.passphraseFile())
          .ifPresent(text -> LOG.log(System.Logger.Level.WARNING, "keys.passphrase_open " + text));
    }
    config
        .database()
        .flatMap(database -> database.passwordFile())
        .flatMap(file -> SecretFileMode.warning("database.password-file", file))
        .ifPresent(text -> LOG.log(System.Logger.Level.WARNING, "database.password_open " + text));
    config
        .token()
        .flatMap(token -> SecretFileMode.warning("pkcs11.pin-file", token.pinFile()))
        .ifPresent(text -> LOG.log(System.Logger.Level.WARNING, "pkcs11.pin_open " + text));
  }

  private Event event(String type) {
    return Event.of(
        type,
        foundation.clock().instant(),
        TenantId.DEFAULT,
        "system",
        foundation.names().authority().uri(),
        Map.of());
  }

  /** Where each listener is. */
  public Config.Ports ports() {
    return front.ports();
  }

  public DataFolder folder() {
    return folder;
  }

  public Path logFile() {
    return logFile;
  }

  public Registry registry() {
    return foundation.registry();
  }

  public CertificateAuthority authority() {
    return foundation.authority();
  }

  public SpiffeId doorId() {
    return foundation.names().door();
  }

  public SpiffeId operatorId() {
    return foundation.names().operator();
  }

  public URI enrollUri() {
    return URI.create("https://127.0.0.1:" + ports().enroll());
  }

  public int sessions() {
    return front.sessions().count();
  }

  /** Messages admitted since the start. */
  public long admitted() {
    return metrics.byCause("admission").getOrDefault("admitted", 0L);
  }

  /** Refused handshakes and messages since the start, by cause. */
  public Map<String, Long> refusals() {
    return RefusalCounts.of(metrics);
  }

  /** Records that are durable and not yet in the lake. */
  public long lag() {
    return dataPath.lag();
  }

  public long ledgerSize() {
    return foundation.ledger().status().size();
  }

  public long checkpointSize() {
    return foundation.ledger().status().published();
  }

  /** What a {@link Forgery} steals. */
  Forgery.Loot loot() {
    return new Forgery.Loot(config, folder, foundation);
  }

  /** Renews what is due now, as is done once a minute. */
  public void renewWhatIsDue() {
    upkeep.round();
  }

  /** Reads all that the folder holds once, as is done slowly in the background. */
  public void readEverythingAgain() {
    scrub.readAtOnce();
  }

  /** Who gets how much of memory and descriptors, for the terminal. */
  public String budget() {
    return budget.text();
  }

  /** For the terminal, once everything is up; what keeps it from taking readings is said, too. */
  public String banner() {
    String trouble = dataPath.log().trouble();
    return ready()
        + (madeAnew
            ? "\nwarning: the CA was made anew: every device enrolls again, see docs/operating.md"
            : "")
        + (trouble.isEmpty() ? "" : "\nwarning: no reading is taken now: " + trouble);
  }

  private String ready() {
    return """
    Telltale is ready: MQTT on %d, enrollment on %d, API on 127.0.0.1:%d, metrics on 127.0.0.1:%d
    data in %s, log in %s; Ctrl-C ends it\
    """
        .formatted(
            ports().mqtt(),
            ports().enroll(),
            ports().api(),
            ports().metrics(),
            config.data(),
            logFile);
  }

  /** What the log says of the end that is to come. */
  public void endsBecause(String why) {
    last.why = why;
  }

  /** Ends sessions, finishes what is under way, closes every store. */
  @Override
  public void close() {
    LOG.log(System.Logger.Level.INFO, "server.stopping why=\"{0}\"", last.why);
    // Whatever keeps a step from being done keeps no store from being closed.
    try {
      PortsFile.remove(folder);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "server.ports_stay", e);
    }
    try {
      foundation.ledger().record(event("server.stopped"));
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "server.stop_unrecorded", e);
    }
    closing.close();
  }
}
