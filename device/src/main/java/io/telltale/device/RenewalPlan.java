package io.telltale.device;

import io.telltale.device.RenewalAdvice.Window;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.random.RandomGenerator;

/**
 * When to renew a certificate: after two thirds of its life, or sooner where the server says so;
 * never later, whatever it says. Thread-safe.
 */
final class RenewalPlan {
  private static final Duration FIRST_ASKED_WITHIN = Duration.ofHours(1);

  private final RandomGenerator random;
  private Window window;
  private final Instant own;
  private Instant renewAt;
  private Instant askAt;

  /**
   * After two thirds of the certificate's life, spread over another twelfth (RFC 7030 has none);
   * one that begins later than now was made while some clock was ahead, and lets in only to renew.
   *
   * @param again when to renew one that begins later
   */
  RenewalPlan(X509Certificate certificate, Instant now, Duration again, RandomGenerator random) {
    this.random = random;
    Instant from = certificate.getNotBefore().toInstant();
    Duration life = Duration.between(from, certificate.getNotAfter().toInstant());
    Instant start = from.plus(life.multipliedBy(2).dividedBy(3));
    this.window = new Window(seconds(start), seconds(start.plus(life.dividedBy(12))));
    this.own =
        now.isBefore(from)
            ? now.plus(again)
            : start.plusMillis(random.nextLong(Math.max(1, life.toMillis() / 12)));
    this.renewAt = own;
    // All that start together do not ask together.
    this.askAt = now.plusMillis(random.nextLong(FIRST_ASKED_WITHIN.toMillis()));
  }

  synchronized boolean isDue(Instant now) {
    return !now.isBefore(renewAt);
  }

  synchronized boolean isToAsk(Instant now) {
    return !now.isBefore(askAt);
  }

  /** Takes in what the server said; a time is drawn once of each window (RFC 9773, 4.2). */
  synchronized void told(RenewalAdvice advice, Instant now) {
    askAt = now.plus(advice.again()).plusMillis(random.nextLong(advice.again().toMillis() / 8));
    advice.window().filter(told -> !told.equals(window)).ifPresent(this::draw);
  }

  /** A try at it has failed, and the next is not before {@code time}. */
  synchronized void postpone(Instant time) {
    renewAt = time;
  }

  private void draw(Window told) {
    window = told;
    long millis = Math.max(1, Duration.between(told.start(), told.end()).toMillis());
    Instant drawn = told.start().plusMillis(random.nextLong(millis));
    renewAt = drawn.isBefore(own) ? drawn : own;
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }
}
