package io.telltale.server;

import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.doors.Cause;
import io.telltale.doors.PeerCheck;
import io.telltale.doors.PeerVerdict;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The enrollment listener's own trust: a certificate is optional, and one that is shown must be of
 * our CA. Whether it may renew is the enrollment's decision, not this one's.
 */
final class EnrollmentCheck implements PeerCheck {
  private final Supplier<TrustedRoots> roots;
  private final InstantSource clock;

  EnrollmentCheck(Supplier<TrustedRoots> roots, InstantSource clock) {
    this.roots = roots;
    this.clock = clock;
  }

  @Override
  public PeerVerdict check(List<X509Certificate> chain) {
    return roots.get().check(chain, Usage.CLIENT, clock.instant())
            instanceof TrustedRoots.Verdict.Trusted
        ? new PeerVerdict.Accepted(Optional.empty())
        : new PeerVerdict.Refused(Cause.UNKNOWN_CA);
  }

  @Override
  public List<X509Certificate> authorities() {
    return roots.get().certificates();
  }
}
