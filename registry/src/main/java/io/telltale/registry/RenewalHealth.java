package io.telltale.registry;

import io.telltale.kernel.Fingerprint;
import java.util.List;

/**
 * How the renewals of a tenant's devices go (LC-3).
 *
 * @param renewed certificates that another followed, of those whose overlap ended within 30 days or
 *     goes on
 * @param overdue good ones of active devices that should have been renewed by now
 * @param ended those that ended so, within 400 days, and that nothing has followed
 * @param cohorts who is overdue or has ended, the largest first, a hundred at most
 * @param isCut whether there are more
 */
public record RenewalHealth(
    long renewed, long overdue, long ended, List<Cohort> cohorts, boolean isCut) {
  public RenewalHealth {
    cohorts = List.copyOf(cohorts);
  }

  /** What a device is most likely kept from its next certificate by. */
  public enum Cause {
    /** It asked, and was refused since it was due. */
    REFUSED,
    /**
     * Nobody has seen it since it was due: no network, no power, or a clock that believes nobody.
     */
    AWAY,
    /**
     * It sends readings and does not ask: an agent that is stuck, or software that never renews.
     */
    SILENT;

    public String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * Devices with the same region, firmware and issuer, and the same trouble.
   *
   * @param why of those refused the last reason, as events have it; else empty
   * @param example one of them
   */
  public record Cohort(
      String region,
      String firmware,
      Fingerprint issuer,
      Cause cause,
      String why,
      long overdue,
      long ended,
      String example) {}
}
