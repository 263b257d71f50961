package io.telltale.server.upkeep;

import io.telltale.identity.CaFacts;
import io.telltale.identity.CaState;
import io.telltale.identity.CaToken;
import io.telltale.identity.CertificateAuthority;
import io.telltale.identity.OcspHandler;
import io.telltale.identity.RevocationLists;
import io.telltale.kernel.Event;
import io.telltale.kernel.Halts;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.leases.KeyService;
import io.telltale.server.Foundation;
import io.telltale.server.Operator;
import io.telltale.server.OwnIdentities;
import io.telltale.server.metrics.Metrics;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps our certificates and lists good while the server runs, and says in time what it cannot
 * renew. Has a thread of its own; {@link #round()} may be called by others, too.
 */
public final class Upkeep implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Upkeep.class.getName());
  private static final long EVERY_SECONDS = 60;

  private final Foundation foundation;
  private final OwnIdentities own;
  private final Operator operator;
  private final RevocationLists lists;
  private final Endings endings;
  private final Watch watch;
  private final DueKeys dueKeys;
  private final Map<String, Runnable> looks = new ConcurrentHashMap<>();
  private final OldRows oldRows;
  private final LateDevices late;
  private final RevokedCas revokedCas;
  private final Staples staples;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicBoolean looking = new AtomicBoolean();
  private KeyService.Listening listening = () -> {};
  private final Map<String, Said> said = new HashMap<>();

  /** What the log was told last of one ending. */
  private record Said(Ending.Stage stage, LocalDate day) {}

  /** Who is told how things are. */
  public record Watch(Halts halts, Lookout lookout, Metrics metrics) {}

  public Upkeep(Foundation foundation, OwnIdentities own, Operator operator, Watch watch) {
    this.foundation = foundation;
    this.watch = watch;
    this.own = own;
    this.operator = operator;
    this.lists =
        new RevocationLists(
            foundation.authority(), foundation.register(), foundation.clock(), System::nanoTime);
    var steady = new SteadyClock(foundation.clock(), System::nanoTime);
    this.dueKeys = new DueKeys(foundation.keys(), foundation.names().authority(), steady);
    this.oldRows = new OldRows(foundation.registry(), foundation.clock(), steady);
    this.late = new LateDevices(foundation.registry().renewals(), foundation.clock());
    this.staples = staples(foundation, own, watch.metrics());
    this.revokedCas = new RevokedCas(foundation, () -> closed.getCount() > 0);
    this.endings = new Endings(foundation, own, operator, lists);
    watchCas(watch.metrics());
    watch.metrics().gauge("staple.age.seconds", staples::age);
    watch.metrics().gauge("renewals.overdue", late::overdue);
    for (Ending ending : endings.all()) {
      watch.metrics().gauge("ending.seconds", ending.kind(), () -> secondsLeft(ending.kind()));
    }
  }

  private static Staples staples(Foundation foundation, OwnIdentities own, Metrics metrics) {
    var responder =
        new OcspHandler(
            new OcspHandler.Parts(
                foundation.authority(),
                foundation.register(),
                own.ocsp(),
                metrics,
                foundation.clock()));
    return new Staples(responder, own.door(), foundation.clock());
  }

  /** What doors give to whoever asks what their certificate is worth. */
  public Staples staples() {
    return staples;
  }

  private List<CaFacts> issuingCas() {
    return foundation.authority().rollover().list().stream().filter(ca -> !ca.isRoot()).toList();
  }

  private void watchCas(Metrics metrics) {
    metrics.gauge(
        "ca.trusted", () -> issuingCas().stream().filter(ca -> ca.state().isTrusted()).count());
    metrics.gauge("ca.superseded.seconds", this::secondsSuperseded);
    metrics.gauge("rekeys.open", () -> foundation.registry().rekeys().open());
    metrics.gauge(
        "ca.revoking",
        () ->
            issuingCas().stream()
                    .filter(ca -> ca.state() == CaState.REVOKED)
                    .allMatch(ca -> revokedCas.of(ca.id()).isDone())
                ? 0
                : 1);
    foundation
        .token()
        .ifPresent(
            token -> metrics.gauge("ca.token.available", () -> token.trouble().isEmpty() ? 1 : 0));
  }

  private double secondsSuperseded() {
    Instant now = foundation.clock().instant();
    return issuingCas().stream()
        .filter(ca -> ca.state() == CaState.SUPERSEDED)
        .mapToDouble(ca -> Duration.between(ca.since(), now).toSeconds())
        .max()
        .orElse(0);
  }

  /** From now on {@code look} is part of each round. */
  public void attend(String kind, Runnable look) {
    looks.put(kind, look);
  }

  /** From now on once a minute; at a key that changes its state, at once. */
  public void start() {
    Thread.ofVirtual().name("upkeep").start(this::loop);
    // Aside, and one for all that change at once: whoever changes a key does not wait.
    listening = foundation.keys().listen((_, _) -> lookSoon());
  }

  private void lookSoon() {
    if (looking.compareAndSet(false, true)) {
      Thread.ofVirtual().name("key-lookout").start(this::lookAtScopes);
    }
  }

  // Where it fails the next round looks again, and tells that.
  private void lookAtScopes() {
    looking.set(false);
    try {
      if (closed.getCount() > 0) {
        watch.lookout().lookAtScopes();
      }
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.WARNING, "upkeep.key-lookout.failed", e);
    }
  }

  public RevocationLists lists() {
    return lists;
  }

  private void loop() {
    try {
      while (!closed.await(EVERY_SECONDS, TimeUnit.SECONDS)) {
        roundWhateverComes();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // Each part is tried on its own; what is left must not end the rounds without a word.
  private void roundWhateverComes() {
    try {
      round();
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "upkeep.failed kind=round", e);
    }
  }

  /** Renews what is due, each on its own: one that fails is tried again in a minute. */
  public synchronized void round() {
    attempt("ca-token", this::lookAtToken);
    attempt("ca-events", () -> CaEvents.tell(foundation));
    attempt("ca", this::renewAuthority);
    attempt("ca-revoked", this::revokeWhatIsLeft);
    attempt("service", () -> tell("service", own.door().renew()));
    attempt("ocsp-signer", () -> tell("ocsp-signer", own.ocsp().renew()));
    attempt("staple", staples::round);
    attempt("operator", () -> tell("operator", operator.renew()));
    attempt("ca-issuing-crl", lists::keepGood);
    attempt("key-destruction", dueKeys::round);
    attempt("registry-rows", oldRows::round);
    attempt("renewals", late::round);
    attempt("endings", this::warn);
    attempt("lookout", watch.lookout()::look);
    looks.forEach(this::attempt);
  }

  private void revokeWhatIsLeft() {
    if (revokedCas.isDue()) {
      revokeIssued(Duration.ZERO);
    }
  }

  /** How far the revocation is of what revoked CAs issued. */
  public RevokedCas revokedCas() {
    return revokedCas;
  }

  /** Goes on with it, aside; returns when it is done, and after {@code max} at the latest. */
  public void revokeIssued(Duration max) {
    Thread worker =
        Thread.ofVirtual()
            .name("ca-revocations")
            .start(() -> attempt("ca-revocations", revokedCas::work));
    try {
      worker.join(max);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void attempt(String kind, Runnable renewal) {
    try {
      renewal.run();
      watch.halts().goesOn(Halts.Kind.UPKEEP, kind);
    } catch (RuntimeException | Error e) {
      // Whatever it was must not end the rounds: the others would run out unseen.
      LOG.log(System.Logger.Level.ERROR, "upkeep.failed kind=" + kind, e);
      watch.halts().tell(Halts.Kind.UPKEEP, kind, 1, e.toString());
    }
  }

  // Before somebody wants a certificate; and so that one that is back is known to be.
  private void lookAtToken() {
    foundation.token().ifPresent(CaToken::look);
    Optional<String> trouble = foundation.token().flatMap(CaToken::trouble);
    if (trouble.isPresent()) {
      throw new UnavailableException(trouble.get());
    }
  }

  private void renewAuthority() {
    switch (foundation.authority().renew()) {
      case CertificateAuthority.Upkeep.Nothing _ -> {}
      case CertificateAuthority.Upkeep.Renewed(List<String> names) -> names.forEach(this::record);
      // The endings say it, with what to do.
      case CertificateAuthority.Upkeep.RootKeyAway _ -> {}
    }
  }

  private void record(String name) {
    LOG.log(System.Logger.Level.INFO, "upkeep.renewed kind=ca-" + name);
    foundation
        .ledger()
        .record(
            Event.of(
                "authority.renewed",
                foundation.clock().instant(),
                TenantId.DEFAULT,
                "system",
                foundation.names().authority().uri(),
                Map.of(
                    "what",
                    name,
                    "notAfter",
                    foundation.authority().issuing().getNotAfter().toInstant().toString())));
  }

  private static void tell(String kind, boolean renewed) {
    if (renewed) {
      LOG.log(System.Logger.Level.INFO, "upkeep.renewed kind=" + kind);
    }
  }

  /** Once at each stage, and once a day from the first on. */
  private void warn() {
    Instant now = foundation.clock().instant();
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    for (Ending ending : endings.all()) {
      Ending.Stage stage = ending.stage(now);
      var saying = new Said(stage, today);
      if (stage == Ending.Stage.GOOD) {
        said.remove(ending.kind());
      } else if (!saying.equals(said.put(ending.kind(), saying))) {
        LOG.log(
            System.Logger.Level.WARNING,
            "ending.near kind={0} stage={1} ends={2} days={3,number,#} do=\"{4}\"",
            ending.kind(),
            stage.text(),
            ending.ends().orElseThrow(),
            Duration.between(now, ending.ends().orElseThrow()).toDays(),
            ending.remedy());
      }
    }
  }

  private double secondsLeft(String kind) {
    Instant now = foundation.clock().instant();
    return endings.all().stream()
        .filter(ending -> ending.kind().equals(kind))
        .flatMap(ending -> ending.ends().stream())
        .mapToDouble(end -> Duration.between(now, end).toSeconds())
        .findFirst()
        .orElse(Double.POSITIVE_INFINITY);
  }

  /** For {@code GET /v1/status}, by kind. */
  public Map<String, Object> endings() {
    Instant now = foundation.clock().instant();
    var shown = new LinkedHashMap<String, Object>();
    endings.all().forEach(ending -> shown.put(ending.kind(), ending.shown(now)));
    return shown;
  }

  @Override
  public void close() {
    listening.close();
    closed.countDown();
  }
}
