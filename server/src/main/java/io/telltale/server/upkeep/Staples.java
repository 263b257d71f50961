package io.telltale.server.upkeep;

import io.telltale.doors.DoorTls;
import io.telltale.identity.OcspHandler;
import io.telltale.identity.RenewingIdentity;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What our own doors give to whoever asks in a handshake what their certificate is worth: an OCSP
 * response of the last minute, so that nobody need ask elsewhere. Thread-safe.
 */
public final class Staples {
  private static final System.Logger LOG = System.getLogger(Staples.class.getName());

  private final OcspHandler responder;
  private final RenewingIdentity door;
  private final InstantSource clock;
  private final List<DoorTls> doors = new CopyOnWriteArrayList<>();
  private Bytes last = Bytes.EMPTY;
  private @Nullable X509Certificate about;
  private Instant made = Instant.MIN;

  Staples(OcspHandler responder, RenewingIdentity door, InstantSource clock) {
    this.responder = responder;
    this.door = door;
    this.clock = clock;
  }

  /** Who answers others, too. */
  public OcspHandler responder() {
    return responder;
  }

  /** From now on {@code tls} has the newest one. */
  public void attend(DoorTls tls) {
    doors.add(tls);
    round();
  }

  /**
   * Makes it anew. Where that fails the one before stays as long as it is good: a handshake is held
   * up by nothing.
   */
  public synchronized void round() {
    List<X509Certificate> chain = door.current().chain();
    // Of the certificate before it would make every client that looks refuse the new one.
    if (!chain.getFirst().equals(about)) {
      last = Bytes.EMPTY;
    }
    try {
      last = responder.staple(chain.getFirst(), chain.get(1)).orElse(Bytes.EMPTY);
      about = chain.getFirst();
      made = clock.instant();
    } catch (UnavailableException | CorruptException e) {
      LOG.log(System.Logger.Level.WARNING, "staple.failed why=\"{0}\"", e.getMessage());
    } finally {
      if (!clock.instant().isBefore(made.plus(OcspHandler.LIFE))) {
        last = Bytes.EMPTY;
      }
      doors.forEach(tls -> tls.staple(last));
    }
  }

  /** Seconds since it was made. */
  synchronized double age() {
    return made.equals(Instant.MIN)
        ? Double.NaN
        : Duration.between(made, clock.instant()).toSeconds();
  }
}
