package io.telltale.device;

import io.netty.handler.ssl.SslContext;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.device.EnrollmentToken.ServerAddress;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Hash;
import io.telltale.kernel.UnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * A whole device: enrolls once with its token, connects, stores and resends, and renews its
 * certificate with a new key after two thirds of its life, or sooner when the server says so
 * (ID-4). What it must keep is in one folder; the next start needs no token.
 */
public final class Agent implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Agent.class.getName());
  private static final long QUEUE_BYTES_MAX = 64L << 20;
  private static final long RENEWAL_CHECK_SECONDS = 60;

  /** Where renewing gave one that begins later, too: our own clock is behind. */
  private static final Duration EARLY_AGAIN = Duration.ofHours(1);

  private final Parts parts;
  private final MqttPublisher publisher;

  private final AtomicBoolean renewing = new AtomicBoolean();
  private final String notice;
  private volatile Home home;
  private volatile Optional<EnrollmentToken> untried;
  private volatile X509Certificate current;
  private volatile RenewalPlan plan;

  /** What an agent stands on; connector and timer stay the caller's. */
  public record Parts(
      MqttConnector connector,
      ScheduledExecutorService timer,
      InstantSource clock,
      SecureRandom random,
      Entropy entropy) {}

  /** What came of starting. */
  public sealed interface Opened {
    record Ready(Agent agent) implements Opened {}

    /** It cannot work like this; {@code why} says what to do. */
    record Refused(String why) implements Opened {}

    /** No device is enrolled in the folder yet, and no token was given to enroll one. */
    record TokenNeeded() implements Opened {}

    /** No answer: try again. */
    record TryLater(String why) implements Opened {}
  }

  private record Home(DeviceId device, DeviceStore store, ServerAddress server) {}

  /** A device that may start: enrolled, and its folder its own. */
  private record Ready(Home home, DeviceStore.Enrolled enrolled, FolderLock lock) {}

  /** What became of a token that is new to a folder where a device is enrolled. */
  private record Token(Optional<EnrollmentToken> untried, String notice) {
    static final Token NONE = new Token(Optional.empty(), "");
  }

  private Agent(Ready ready, Token token, Parts parts) {
    DeviceStore.Enrolled enrolled = ready.enrolled();
    this.home = ready.home();
    this.parts = parts;
    this.untried = token.untried();
    this.notice = token.notice();
    this.current = enrolled.chain().getFirst();
    this.plan = plan(Duration.ZERO);
    this.publisher =
        new MqttPublisher(
            new MqttPublisher.Session(home.server().mqtt(), tls(enrolled), home.device()),
            home.store().queue(QUEUE_BYTES_MAX, parts.entropy()).holding(ready.lock()),
            new MqttPublisher.Shared(
                parts.connector(), parts.timer(), parts.clock(), RandomGenerator.getDefault()));
  }

  /**
   * Starts the device that lives in {@code folder}; enrolls it first where it is not enrolled yet,
   * or where the token has not enrolled it before. Blocks while it enrolls.
   */
  public static Opened open(Path folder, Optional<EnrollmentToken> token, Parts parts) {
    if (token.isEmpty() && Files.notExists(folder)) {
      // Nothing is made for a device that nobody named: the name may be mistyped.
      return new Opened.TokenNeeded();
    }
    var store = new DeviceStore(folder, parts.random());
    Optional<FolderLock> lock = FolderLock.of(folder);
    if (lock.isEmpty()) {
      return new Opened.Refused(busy(folder));
    }
    Opened opened = open(store, lock.get(), token, parts);
    if (!(opened instanceof Opened.Ready)) {
      lock.get().close();
    }
    return opened;
  }

  private static Opened open(
      DeviceStore store, FolderLock lock, Optional<EnrollmentToken> token, Parts parts) {
    Optional<DeviceStore.Enrolled> enrolled = store.enrolled();
    Optional<DeviceStore.Registered> known = store.registered();
    if (enrolled.isPresent() && known.isPresent()) {
      if (token.isPresent() && !token.get().device().equals(known.get().device())) {
        return new Opened.Refused(
            ("%s is the folder of %s, and the token is for %s: give that one a folder of its own,"
                    + " for instance --device-data telltale-%s")
                .formatted(
                    store.folder(),
                    known.get().device(),
                    token.get().device(),
                    token.get().device().name()));
      }
      return again(store, lock, token, parts);
    }
    return token.map(found -> enroll(store, lock, found, parts)).orElseGet(Opened.TokenNeeded::new);
  }

  /** With a token that is new here the device gets another key and certificate, however it was. */
  private static Opened again(
      DeviceStore store, FolderLock lock, Optional<EnrollmentToken> token, Parts parts) {
    DeviceStore.Registered known = store.registered().orElseThrow();
    Token outcome =
        token
            .filter(one -> !known.spent().contains(one.hash()))
            .map(fresh -> unlessIssued(fresh, enroll(store, fresh, parts)))
            .orElse(Token.NONE);
    return new Opened.Ready(new Agent(ready(store, lock), outcome, parts).start());
  }

  /** The readings are kept and sent as long as the older certificate serves. */
  private static Token unlessIssued(EnrollmentToken token, Enroller.Enrolled outcome) {
    String rest = "; this goes on with the certificate that it has";
    return switch (outcome) {
      case Enroller.Enrolled.Issued _ -> Token.NONE;
      case Enroller.Enrolled.Refused(int status, String reason) when !isPassing(status) ->
          new Token(
              Optional.empty(),
              "the server did not take the token: %d %s%s".formatted(status, reason, rest));
      case Enroller.Enrolled.Refused(int status, String reason) ->
          new Token(
              Optional.of(token),
              "the server cannot enroll now, and is asked again: %d %s%s"
                  .formatted(status, reason, rest));
      case Enroller.Enrolled.Failed(String why) ->
          new Token(Optional.of(token), why + "; it is asked again, and" + rest.substring(1));
    };
  }

  /** Too slow, too many, or the server's own trouble: the token is as good as before. */
  private static boolean isPassing(int status) {
    return status == 408 || status == 429 || status >= 500;
  }

  private static Ready ready(DeviceStore store, FolderLock lock) {
    return new Ready(home(store), store.enrolled().orElseThrow(), lock);
  }

  private static Home home(DeviceStore store) {
    DeviceStore.Registered known = store.registered().orElseThrow();
    return new Home(known.device(), store, known.server());
  }

  private static Opened enroll(
      DeviceStore store, FolderLock lock, EnrollmentToken token, Parts parts) {
    return switch (enroll(store, token, parts)) {
      case Enroller.Enrolled.Issued _ ->
          new Opened.Ready(new Agent(ready(store, lock), Token.NONE, parts).start());
      case Enroller.Enrolled.Refused(int status, String reason) ->
          new Opened.Refused("the server refused to enroll: %d %s".formatted(status, reason));
      case Enroller.Enrolled.Failed(String why) -> new Opened.TryLater(why);
    };
  }

  private static Enroller.Enrolled enroll(DeviceStore store, EnrollmentToken token, Parts parts) {
    KeyPair key = store.newKey();
    Enroller.Enrolled outcome =
        enroller(token.server(), parts)
            .pinned(token.server().pin())
            .enroll(token.device().name(), token.secret(), key);
    if (outcome instanceof Enroller.Enrolled.Issued(var chain, var trust)) {
      List<Hash> spent = store.registered().map(DeviceStore.Registered::spent).orElse(List.of());
      var known = new DeviceStore.Registered(token.device(), token.server(), spent).trusting(trust);
      store.remember(known);
      store.save(key, chain);
      // Last: what ends before it asks once more, and is told that the token was used.
      store.remember(known.with(token.hash()));
    }
    return outcome;
  }

  private static Enroller enroller(ServerAddress server, Parts parts) {
    return new Enroller(server.enroll(), server.trust(), server.id().uri(), parts.clock());
  }

  private SslContext tls(DeviceStore.Enrolled enrolled) {
    return MqttConnector.tls(material(enrolled), parts.clock());
  }

  private TlsMaterial material(DeviceStore.Enrolled enrolled) {
    return enrolled.material(home.server().trust(), home.server().id().uri());
  }

  private Agent start() {
    publisher.start();
    parts
        .timer()
        .scheduleWithFixedDelay(
            this::renewInTime,
            // One that was away may have been let return meanwhile: it need not wait for that.
            hasEnded() ? 0 : RENEWAL_CHECK_SECONDS,
            RENEWAL_CHECK_SECONDS,
            TimeUnit.SECONDS);
    return this;
  }

  /**
   * What the device in {@code folder} was refused for good, as one JSON object each: {@code why},
   * {@code topic}, and the {@code payload} as text. Only reads: its agent may be at work.
   */
  public static List<String> aside(Path folder, SecureRandom random, Entropy entropy) {
    if (Files.notExists(folder.resolve("aside"))) {
      return List.of();
    }
    return new DeviceStore(folder, random)
        .aside(entropy).stream().map(SetAside.Refused::json).toList();
  }

  private static String busy(Path folder) {
    return "another agent runs on %s: stop it, or name another folder for this one"
        .formatted(folder);
  }

  /** What came of setting unsent readings aside. */
  public sealed interface SetUnsentAside {
    /**
     * @param moved how many were set aside
     * @param left how many had no room there
     */
    record Done(int moved, int left) implements SetUnsentAside {}

    /** Its agent is at work; {@code why} says what to do. */
    record Busy(String why) implements SetUnsentAside {}
  }

  /**
   * Takes what waits in {@code folder} to be sent as {@code type} out of the queue and keeps it
   * with what was refused for good.
   */
  public static SetUnsentAside setUnsentAside(
      Path folder, String type, SecureRandom random, Entropy entropy) {
    if (Files.notExists(folder.resolve("queue"))) {
      return new SetUnsentAside.Done(0, 0);
    }
    var store = new DeviceStore(folder, random);
    Optional<FolderLock> lock = FolderLock.of(folder);
    if (lock.isEmpty()) {
      return new SetUnsentAside.Busy(busy(folder));
    }
    try (FileQueue queue = store.queue(QUEUE_BYTES_MAX, entropy).holding(lock.get())) {
      int moved = 0;
      int left = 0;
      for (OutgoingQueue.Message message : queue.pending()) {
        if (message.type().equals(type)) {
          boolean done = queue.setAside(message, "not sent: set aside by hand");
          moved += done ? 1 : 0;
          left += done ? 0 : 1;
        }
      }
      return new SetUnsentAside.Done(moved, left);
    }
  }

  /** Why the server takes no reading of {@code type}, where only another policy can end that. */
  public Optional<String> refusal(String type) {
    return publisher.refusal(type);
  }

  /** See {@link MqttPublisher#standstill}. */
  public CompletableFuture<Optional<Standstill>> standstill() {
    return publisher.standstill();
  }

  /** Who this device is. */
  public DeviceId device() {
    return home.device();
  }

  /** What the connection is doing, for people. */
  public String state() {
    return hasEnded() && !publisher.isLockedOut()
        ? "its certificate ended at %s: %s; where the policy lets it return, './telltale device"
                .formatted(validUntil(), Withdrawn.enrollAnew(device().name()))
            + " allow-return %s' is enough; %s".formatted(device().name(), publisher.state())
        : publisher.state();
  }

  /** The same without the advice, for whoever has said that. */
  public String brief() {
    return hasEnded() && !publisher.isLockedOut()
        ? "its certificate ended at %s; %s".formatted(validUntil(), publisher.brief())
        : publisher.brief();
  }

  private boolean hasEnded() {
    return !isWell() && !parts.clock().instant().isBefore(validUntil());
  }

  /** Whether waiting does not help: the server does not let this device in until a person acts. */
  public boolean isLockedOut() {
    return untried.isEmpty() && (publisher.isLockedOut() || hasEnded());
  }

  /** Whether readings are taken as they come. */
  public boolean isWell() {
    return publisher.isWell();
  }

  /** How many readings wait for an acknowledgement. */
  public int kept() {
    return publisher.kept();
  }

  /** What became of what an earlier run had kept. */
  public EarlierAnswers earlier() {
    return publisher.earlier();
  }

  /** How many were refused for good and are kept apart. */
  public int asideCount() {
    return publisher.aside();
  }

  /** Until when the certificate in use is valid. */
  public Instant validUntil() {
    return current.getNotAfter().toInstant();
  }

  /** Queues one message; see {@link MqttPublisher#publish}. */
  public CompletableFuture<Delivery> publish(String type, Telemetry telemetry) {
    return publisher.publish(type, telemetry);
  }

  /**
   * Queues one reading of a file; see {@link MqttPublisher#publish(String, Telemetry, FileMark)}.
   */
  public MqttPublisher.Handed publish(String type, Telemetry telemetry, FileMark mark) {
    return publisher.publish(type, telemetry, mark);
  }

  /** How far a file was taken, in earlier runs too. */
  public CompletableFuture<Optional<FileMark>> taken(Hash file) {
    return publisher.taken(file);
  }

  /** What became of the token, where that is not that it enrolled. */
  public Optional<String> notice() {
    return Optional.of(notice).filter(text -> !text.isEmpty());
  }

  /** What is due, aside; nothing where that is under way already. */
  void renewInTime() {
    boolean due = untried.isPresent() || isDue() || plan.isToAsk(parts.clock().instant());
    if (!due || !renewing.compareAndSet(false, true)) {
      return;
    }
    // Not on the timer: the server may take its time, and readings go on meanwhile.
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                untried.ifPresent(token -> RenewalNotes.write(enrollAnew(token), validUntil()));
                askForNews();
                // A token that is not taken yet must not let the certificate end.
                if (isDue()) {
                  RenewalNotes.write(renew(), validUntil());
                }
              } catch (UnavailableException e) {
                LOG.log(System.Logger.Level.WARNING, "agent.renewal_failed", e);
              } finally {
                renewing.set(false);
              }
            });
  }

  private boolean isDue() {
    return plan.isDue(parts.clock().instant());
  }

  private void askForNews() {
    if (plan.isToAsk(parts.clock().instant())) {
      Enroller.News news = enroller(home.server(), parts).news(current);
      plan.told(news.renewal(), parts.clock().instant());
      boolean hasAnyEnded = !home.server().trust().revoked().containsAll(news.trust().revoked());
      trust(news.trust());
      if (hasAnyEnded) {
        // Whoever answers now may be of a CA that was revoked.
        LOG.log(System.Logger.Level.INFO, "agent.authorities-ended");
        reconnect(home.store().enrolled().orElseThrow());
      }
    }
  }

  /** Asks for a new certificate with a new key now; what failed is tried again later. */
  public Enroller.Enrolled renew() {
    DeviceStore.Enrolled old = home.store().enrolled().orElseThrow();
    KeyPair next = home.store().newKey();
    Enroller.Enrolled outcome =
        enroller(home.server(), parts).renew(home.device().name(), material(old), next);
    if (!(outcome instanceof Enroller.Enrolled.Issued)) {
      plan.failed(parts.clock().instant());
    }
    if (outcome instanceof Enroller.Enrolled.Issued(var chain, var trust)) {
      // First: the session that is made with the new certificate may show another CA.
      trust(trust);
      become(home.store().save(next, chain));
    }
    return outcome;
  }

  private void trust(TrustedRoots next) {
    TrustedRoots before = home.server().trust();
    boolean isOther = !next.certificates().equals(before.certificates());
    if (isOther || !next.lists().equals(before.lists())) {
      DeviceStore.Registered known = home.store().registered().orElseThrow();
      home.store().remember(known.trusting(next));
      home = home(home.store());
    }
    if (isOther) {
      LOG.log(System.Logger.Level.INFO, "agent.roots count={0}", next.certificates().size());
    }
  }

  private Enroller.Enrolled enrollAnew(EnrollmentToken token) {
    Enroller.Enrolled outcome = enroll(home.store(), token, parts);
    untried = unlessIssued(token, outcome).untried();
    if (outcome instanceof Enroller.Enrolled.Issued) {
      home = home(home.store());
      become(home.store().enrolled().orElseThrow());
    }
    return outcome;
  }

  private void become(DeviceStore.Enrolled enrolled) {
    current = enrolled.chain().getFirst();
    plan = plan(EARLY_AGAIN);
    reconnect(enrolled);
  }

  private void reconnect(DeviceStore.Enrolled enrolled) {
    publisher.reconnect(home.server().mqtt(), tls(enrolled));
  }

  private RenewalPlan plan(Duration again) {
    return new RenewalPlan(current, parts.clock().instant(), again, parts.random());
  }

  /** Ends the session; what is not acknowledged stays for the next start. */
  @Override
  public void close() {
    publisher.close();
  }
}
