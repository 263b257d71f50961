package io.telltale.crypto.x509;

import java.math.BigInteger;
import java.security.PublicKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that will stand in an end-entity certificate.
 *
 * @param commonName the subject's only attribute, or empty for an empty subject
 * @param key the certified key
 * @param serial positive, at most 20 octets (RFC 5280 section 4.1.2.2)
 * @param notBefore start of validity, to the second
 * @param notAfter end of validity, to the second
 * @param names subject alternative names; at least one
 * @param usages extended key usages
 * @param status where others learn whether it is still good, if anywhere
 */
public record CertificateTemplate(
    String commonName,
    PublicKey key,
    BigInteger serial,
    Instant notBefore,
    Instant notAfter,
    List<SubjectName> names,
    Set<Usage> usages,
    Optional<StatusPlaces> status) {
  public CertificateTemplate {
    names = List.copyOf(names);
    usages = Set.copyOf(usages);
  }
}
