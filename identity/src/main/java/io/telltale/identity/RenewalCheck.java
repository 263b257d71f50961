package io.telltale.identity;

import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.TrustedRoots.Verdict;
import io.telltale.crypto.x509.Usage;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * Whether a chain may ask for its next certificate: as {@link TrustedRoots#check} says, but one
 * that begins later than now counts as of its begin, and one that has ended as of its end. We sign
 * nothing for later, so the first was made while our clock was ahead; of the second the registry
 * decides. No door takes either, and renewing is their holders' way back. Whoever issued it is good
 * today in any case.
 */
final class RenewalCheck {
  private RenewalCheck() {}

  static Verdict check(TrustedRoots roots, List<X509Certificate> chain, Instant now) {
    Verdict verdict = roots.check(chain, Usage.CLIENT, now);
    if (!(verdict instanceof Verdict.Untrusted(var why))) {
      return verdict;
    }
    return switch (why) {
      case NOT_YET_VALID ->
          roots.check(chain, Usage.CLIENT, chain.getFirst().getNotBefore().toInstant());
      case EXPIRED ->
          roots.check(chain, Usage.CLIENT, chain.getFirst().getNotAfter().toInstant())
                      instanceof Verdict.Trusted trusted
                  && now.isBefore(trusted.path().get(1).getNotAfter().toInstant())
              ? trusted
              : verdict;
      default -> verdict;
    };
  }
}
