package io.telltale.identity;

import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.CertificateRequest;
import io.telltale.crypto.x509.CertificateRequest.NamePart;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.SpiffeId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a device's request may ask for: its own name or none, and no power that devices do not have.
 * The rest of what OpenSSL and mbedTLS write by default (key encipherment, a server's purpose, a
 * key identifier, Netscape's types) is passed over: the certificate is what its profile says.
 */
final class RequestPolicy {
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
  private static final String NETSCAPE_CERTIFICATE_TYPE = "2.16.840.1.113730.1.1";
  private static final String NETSCAPE_COMMENT = "2.16.840.1.113730.1.13";
  private static final Set<String> KNOWN =
      Set.of(
          KEY_USAGE,
          SUBJECT_ALTERNATIVE_NAME,
          BASIC_CONSTRAINTS,
          EXTENDED_KEY_USAGE,
          SUBJECT_KEY_IDENTIFIER,
          NETSCAPE_CERTIFICATE_TYPE,
          NETSCAPE_COMMENT);
  private static final int POWERS = CertificateFacts.KEY_CERT_SIGN | CertificateFacts.CRL_SIGN;

  private RequestPolicy() {}

  static Optional<Refusal> refuse(CertificateRequest request, SpiffeId device) {
    if (!KNOWN.containsAll(request.extensions())) {
      return Optional.of(Refusal.REQUEST_EXTENSION);
    }
    if (request.asksForCa()) {
      return Optional.of(Refusal.REQUEST_CA);
    }
    if (!subjectIs(request.subject(), device) || !namesAre(request, device)) {
      return Optional.of(Refusal.REQUEST_NAME);
    }
    boolean usages =
        request.extendedKeyUsage().isEmpty()
            ? !request.extensions().contains(EXTENDED_KEY_USAGE)
            : request.extendedKeyUsage().contains(Usage.CLIENT.oid());
    boolean keyUsage = (request.keyUsage() & POWERS) == 0;
    return usages && keyUsage ? Optional.empty() : Optional.of(Refusal.REQUEST_USAGE);
  }

  private static boolean subjectIs(List<NamePart> subject, SpiffeId device) {
    return subject.isEmpty()
        || subject.equals(List.of(new NamePart(NamePart.COMMON_NAME, device.name())));
  }

  private static boolean namesAre(CertificateRequest request, SpiffeId device) {
    return request.extensions().contains(SUBJECT_ALTERNATIVE_NAME)
        ? request.names().equals(List.of(SubjectName.uri(device.uri())))
        : request.names().isEmpty();
  }
}
