package io.telltale.identity;

import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.CertificateRequest.NamePart;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a certificate back after signing and compares it with its profile, from the other side:
 * what must be there is, and nothing else is. A bug in the builder then costs a certificate, not an
 * identity.
 */
final class ProfileCheck {
  static final Duration BACKDATED = Duration.ofMinutes(5);

  // basicConstraints, keyUsage, extendedKeyUsage, names, both key identifiers.
  private static final Set<String> REQUIRED =
      Set.of("2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.14", "2.5.29.35");
  // cRLDistributionPoints and authorityInfoAccess: where its status is, if it says so.
  private static final Set<String> STATUS = Set.of("2.5.29.31", "1.3.6.1.5.5.7.1.1");
  // id-pkix-ocsp-nocheck: of who signs OCSP answers, and of nobody else.
  private static final String NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
  private static final int SERIAL_BITS_MIN = 64;
  private static final int SERIAL_BITS_MAX = 159;

  private ProfileCheck() {}

  /** What is wrong with {@code certificate}, or nothing. */
  static Optional<String> fault(
      X509Certificate certificate, Profile profile, PublicKey key, X509Certificate issuer) {
    Optional<CertificateFacts> facts = CertificateFacts.of(certificate);
    if (facts.isEmpty()) {
      return Optional.of("unreadable");
    }
    return first(
        nameFault(facts.get(), profile),
        usageFault(facts.get(), profile),
        timeFault(facts.get(), profile, issuer),
        keyFault(certificate, facts.get(), key, issuer),
        chainFault(certificate, profile, issuer));
  }

  private static Optional<String> nameFault(CertificateFacts facts, Profile profile) {
    var subject = List.of(new NamePart(NamePart.COMMON_NAME, profile.id().name()));
    if (!facts.subject().equals(subject)) {
      return Optional.of("subject");
    }
    return when(!facts.names().equals(profile.names()), "names");
  }

  private static Optional<String> usageFault(CertificateFacts facts, Profile profile) {
    return first(
        when(facts.authority(), "CA"),
        when(facts.keyUsage() != CertificateFacts.DIGITAL_SIGNATURE, "key usage"),
        when(!facts.extendedKeyUsage().equals(Usage.oids(profile.usages())), "extended key usage"),
        when(!facts.extensions().containsAll(REQUIRED), "an extension is missing"),
        when(!mayHave(profile).containsAll(facts.extensions()), "an extension too many"),
        when(
            signsStatus(profile) && !facts.extensions().contains(NO_CHECK),
            "no id-pkix-ocsp-nocheck"),
        when(!facts.criticalExtensions().equals(Set.of("2.5.29.19", "2.5.29.15")), "criticality"));
  }

  private static Set<String> mayHave(Profile profile) {
    var all = new HashSet<>(REQUIRED);
    if (signsStatus(profile)) {
      all.add(NO_CHECK);
    } else {
      all.addAll(STATUS);
    }
    return all;
  }

  private static boolean signsStatus(Profile profile) {
    return profile.usages().contains(Usage.OCSP_SIGNING);
  }

  private static Optional<String> timeFault(
      CertificateFacts facts, Profile profile, X509Certificate issuer) {
    Duration life = Duration.between(facts.notBefore(), facts.notAfter());
    return first(
        when(life.compareTo(profile.validity().plus(BACKDATED)) > 0, "validity"),
        when(!life.isPositive(), "validity"),
        when(facts.notAfter().isAfter(issuer.getNotAfter().toInstant()), "outlives its issuer"));
  }

  private static Optional<String> keyFault(
      X509Certificate certificate, CertificateFacts facts, PublicKey key, X509Certificate issuer) {
    int bits = facts.serial().bitLength();
    return first(
        when(bits < SERIAL_BITS_MIN || bits > SERIAL_BITS_MAX, "serial"),
        when(!certificate.getPublicKey().equals(key) && !sameEncoding(certificate, key), "key"),
        when(key.equals(issuer.getPublicKey()), "the issuer's own key"),
        when(!facts.ecdsaSha256(), "signature algorithm"),
        when(!CertificateFacts.signedBy(certificate, issuer.getPublicKey()), "signature"));
  }

  private static Optional<String> chainFault(
      X509Certificate certificate, Profile profile, X509Certificate issuer) {
    Instant now = certificate.getNotBefore().toInstant().plusSeconds(1);
    var trust = new TrustedRoots(List.of(issuer));
    for (Usage usage : Usage.values()) {
      boolean trusted =
          trust.check(List.of(certificate), usage, now) instanceof TrustedRoots.Verdict.Trusted;
      if (trusted != profile.usages().contains(usage)) {
        return Optional.of("trusted for the wrong usages");
      }
    }
    return Optional.empty();
  }

  private static boolean sameEncoding(X509Certificate certificate, PublicKey key) {
    return java.util.Arrays.equals(certificate.getPublicKey().getEncoded(), key.getEncoded());
  }

  private static Optional<String> when(boolean wrong, String what) {
    return wrong ? Optional.of(what) : Optional.empty();
  }

  @SafeVarargs
  private static Optional<String> first(Optional<String>... faults) {
    for (Optional<String> fault : faults) {
      if (fault.isPresent()) {
        return fault;
      }
    }
    return Optional.empty();
  }
}
