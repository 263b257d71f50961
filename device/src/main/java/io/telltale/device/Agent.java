package io.telltale.device;

import io.netty.handler.ssl.SslContext;
import io.telltale.crypto.Entropy;
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
 * certificate with a new key after two thirds of its life (ID-4). What it must keep is in one
 * folder; the next start needs no token.
 */
public final class Agent implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Agent.class.getName());
  private static final long QUEUE_BYTES_MAX = 64L << 20;
  private static final long RENEWAL_CHECK_SECONDS = 60;

  private final Home home;
  private final Parts parts;
  private final Enroller enroller;
  private final MqttPublisher publisher;
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile X509Certificate current;
  private volatile Instant renewAt;

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

    /** No answer: try again. */
    record TryLater(String why) implements Opened {}
  }

  private record Home(DeviceId device, DeviceStore store, ServerAddress server) {}

  /** A device that may start: enrolled, and its folder its own. */
  private record Ready(Home home, DeviceStore.Enrolled enrolled, FolderLock lock) {}

  private Agent(Ready ready, Parts parts) {
    DeviceStore.Enrolled enrolled = ready.enrolled();
    this.home = ready.home();
    this.parts = parts;
    this.enroller = enroller(home.server());
    this.current = enrolled.chain().getFirst();
    this.renewAt = renewAt(current, parts.random());
    this.publisher =
        new MqttPublisher(
            new MqttPublisher.Session(home.server().mqtt(), tls(enrolled), home.device()),
            home.store().queue(QUEUE_BYTES_MAX, parts.entropy()).holding(ready.lock()),
            new MqttPublisher.Shared(
                parts.connector(), parts.timer(), parts.clock(), RandomGenerator.getDefault()));
  }

  /**
   * Starts the device that lives in {@code folder}; enrolls it first where it is not enrolled yet.
   * Blocks while it enrolls.
   */
  public static Opened open(Path folder, Optional<EnrollmentToken> token, Parts parts) {
    var store = new DeviceStore(folder, parts.random());
    Optional<FolderLock> lock = FolderLock.of(folder);
    if (lock.isEmpty()) {
      return new Opened.Refused(
          "another agent runs on %s: stop it, or name another folder for this one"
              .formatted(folder));
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
      var home = new Home(known.get().device(), store, known.get().server());
      return new Opened.Ready(new Agent(new Ready(home, enrolled.get(), lock), parts).start());
    }
    return token
        .map(found -> enroll(store, lock, found, parts))
        .orElseGet(
            () ->
                new Opened.Refused(
                    "no device is enrolled in " + store.folder() + ": give a token file"));
  }

  private static Opened enroll(
      DeviceStore store, FolderLock lock, EnrollmentToken token, Parts parts) {
    KeyPair key = store.newKey();
    var home = new Home(token.device(), store, token.server());
    return switch (enroller(token.server()).enroll(token.device().name(), token.secret(), key)) {
      case Enroller.Enrolled.Issued(var chain) -> {
        store.remember(new DeviceStore.Registered(token.device(), token.server()));
        var ready = new Ready(home, store.save(key, chain), lock);
        yield new Opened.Ready(new Agent(ready, parts).start());
      }
      case Enroller.Enrolled.Refused(int status, String reason) ->
          new Opened.Refused("the server refused to enroll: %d %s".formatted(status, reason));
      case Enroller.Enrolled.Failed(String why) -> new Opened.TryLater(why);
    };
  }

  private static Enroller enroller(ServerAddress server) {
    return new Enroller(server.enroll(), server.roots(), server.id().uri()).pinned(server.pin());
  }

  private SslContext tls(DeviceStore.Enrolled enrolled) {
    return MqttConnector.tls(material(enrolled));
  }

  private TlsMaterial material(DeviceStore.Enrolled enrolled) {
    return enrolled.material(home.server().roots(), home.server().id().uri());
  }

  private Agent start() {
    publisher.start();
    parts
        .timer()
        .scheduleWithFixedDelay(
            this::renewInTime, RENEWAL_CHECK_SECONDS, RENEWAL_CHECK_SECONDS, TimeUnit.SECONDS);
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
        .aside(entropy).stream().map(SetAside.Reading::json).toList();
  }

  /** Who this device is. */
  public DeviceId device() {
    return home.device();
  }

  /** What the connection is doing, for people. */
  public String state() {
    return publisher.state();
  }

  /** Whether readings are taken as they come. */
  public boolean isWell() {
    return publisher.isWell();
  }

  /** How many readings wait for an acknowledgement. */
  public int kept() {
    return publisher.kept();
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

  private void renewInTime() {
    if (parts.clock().instant().isBefore(renewAt) || !renewing.compareAndSet(false, true)) {
      return;
    }
    // Not on the timer: the server may take its time, and readings go on meanwhile.
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                said(renew());
              } catch (UnavailableException e) {
                LOG.log(System.Logger.Level.WARNING, "agent.renewal_failed", e);
              } finally {
                renewing.set(false);
              }
            });
  }

  /** Nobody waits for it, and a certificate that runs out ends everything. */
  private void said(Enroller.Enrolled outcome) {
    switch (outcome) {
      case Enroller.Enrolled.Issued _ ->
          LOG.log(System.Logger.Level.INFO, "agent.renewed until={0}", validUntil());
      case Enroller.Enrolled.Refused(int status, String reason) ->
          LOG.log(
              System.Logger.Level.WARNING,
              "agent.renewal_failed until={0} status={1} reason={2}",
              validUntil(),
              status,
              reason);
      case Enroller.Enrolled.Failed(String why) ->
          LOG.log(
              System.Logger.Level.WARNING,
              "agent.renewal_failed until={0} why={1}",
              validUntil(),
              why);
    }
  }

  /** Asks for a new certificate with a new key now; what failed is tried again later. */
  public Enroller.Enrolled renew() {
    DeviceStore.Enrolled old = home.store().enrolled().orElseThrow();
    KeyPair next = home.store().newKey();
    Enroller.Enrolled outcome = enroller.renew(home.device().name(), material(old), next);
    if (outcome instanceof Enroller.Enrolled.Issued(var chain)) {
      DeviceStore.Enrolled renewed = home.store().save(next, chain);
      current = chain.getFirst();
      renewAt = renewAt(current, parts.random());
      publisher.reconnect(tls(renewed));
    }
    return outcome;
  }

  /**
   * After two thirds of the certificate's life, spread over another twelfth (RFC 7030 has none).
   */
  private static Instant renewAt(X509Certificate certificate, RandomGenerator jitter) {
    Instant from = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(from, certificate.getNotAfter().toInstant());
    long spread = Math.max(1, life.toMillis() / 12);
    return from.plus(life.multipliedBy(2).dividedBy(3)).plusMillis(jitter.nextLong(spread));
  }

  /** Ends the session; what is not acknowledged stays for the next start. */
  @Override
  public void close() {
    publisher.close();
  }
}
