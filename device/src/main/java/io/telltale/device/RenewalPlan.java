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
  private static final Duration RETRY_FIRST = Duration.ofMinutes(1);
  private static final Duration RETRY_MAX = Duration.ofHours(1);

  /** Until a person acts, and a fleet that was away is not to ask each minute. */
  private static final Duration RETRY_ENDED = Duration.ofMinutes(10);

  /** By the clock of when it was set: one that is set back ends it. */
  private record Wait(Instant from, Instant until) {
    boolean isOver(Instant now) {
      return now.isBefore(from) || !now.isBefore(until);
    }
  }

  private final RandomGenerator random;
  private Window window;
  private final Instant own;
  private final Instant ends;
  private Instant renewAt;
  private Wait asked;
  private Wait tried;
  private int failures;

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
    this.ends = certificate.getNotAfter().toInstant();
    // All that start together do not ask together.
    this.asked = new Wait(now, now.plusMillis(random.nextLong(FIRST_ASKED_WITHIN.toMillis())));
    this.tried = new Wait(now, now);
  }

  synchronized boolean isDue(Instant now) {
    return !now.isBefore(renewAt) && tried.isOver(now);
  }

  synchronized boolean isToAsk(Instant now) {
    return asked.isOver(now);
  }

  /** Takes in what the server said; a time is drawn once of each window (RFC 9773, 4.2). */
  synchronized void told(RenewalAdvice advice, Instant now) {
    long spread = random.nextLong(advice.again().toMillis() / 8);
    asked = new Wait(now, now.plus(advice.again()).plusMillis(spread));
    advice.window().filter(told -> !told.equals(window)).ifPresent(this::draw);
  }

  /**
   * A try has failed: the next is after a minute, after two, and so on up to an hour, though never
   * after more than an eighth of what is left; after the end every ten minutes or so.
   */
  synchronized void failed(Instant now) {
    Duration left = Duration.between(now, ends);
    Duration wait = RETRY_ENDED;
    if (left.isPositive()) {
      wait = RETRY_FIRST.multipliedBy(1L << Math.min(failures, 6));
      wait = wait.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : wait;
      wait = wait.compareTo(left.dividedBy(8)) > 0 ? left.dividedBy(8) : wait;
    }
    failures++;
    tried = new Wait(now, now.plus(spread(wait)));
  }

  // Up to half as long again: a fleet that failed together does not come back together.
  private Duration spread(Duration wait) {
    return wait.plusMillis(random.nextLong(Math.max(1, wait.toMillis() / 2)));
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
