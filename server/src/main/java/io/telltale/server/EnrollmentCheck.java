package io.telltale.server;

import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.doors.Cause;
import io.telltale.doors.PeerCheck;
import io.telltale.doors.PeerVerdict;
import io.telltale.identity.CertificateAuthority;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * The enrollment listener's own trust: a certificate is optional, and one that is shown must be of
 * our CA. Whether it may renew is the enrollment's decision, not this one's.
 */
final class EnrollmentCheck implements PeerCheck {
  private final CertificateAuthority authority;

  EnrollmentCheck(CertificateAuthority authority) {
    this.authority = authority;
  }

  @Override
  public PeerVerdict check(List<X509Certificate> chain) {
    return switch (authority.checkForRenewal(chain)) {
      case TrustedRoots.Verdict.Trusted trusted -> new PeerVerdict.Accepted(Optional.empty());
      case TrustedRoots.Verdict.Untrusted(var why) ->
          new PeerVerdict.Refused(
              why == TrustedRoots.Why.EXPIRED ? Cause.EXPIRED : Cause.UNKNOWN_CA);
    };
  }

  @Override
  public List<X509Certificate> authorities() {
    return authority.trust().certificates();
  }
}
