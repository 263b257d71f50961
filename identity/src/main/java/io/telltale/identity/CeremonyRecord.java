package io.telltale.identity;

import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import io.telltale.kernel.Inert;
import java.security.cert.X509Certificate;
import java.util.Locale;

/** The text of a record of a root's use: to be printed, read aloud, compared and signed. */
final class CeremonyRecord {
  private static final int GROUP = 4;
  private static final int GROUPS_A_LINE = 8;
  private static final String RULE = "-".repeat(64) + "\n";

  private final StringBuilder text = new StringBuilder();

  CeremonyRecord(String title) {
    text.append(RULE).append("Telltale root ceremony: ").append(title).append('\n').append(RULE);
  }

  CeremonyRecord line(String name, String value) {
    text.append(String.format(Locale.ROOT, "%-26s", name)).append(Inert.text(value)).append('\n');
    return this;
  }

  CeremonyRecord certificate(String name, X509Certificate certificate) {
    line(name, certificate.getSubjectX500Principal().getName());
    line("  serial", certificate.getSerialNumber().toString(16));
    line(
        "  good",
        certificate.getNotBefore().toInstant() + " to " + certificate.getNotAfter().toInstant());
    hash("  key (SPKI)", Bytes.adopt(certificate.getPublicKey().getEncoded()));
    return hash("  certificate", Bytes.adopt(Certificates.der(certificate)));
  }

  CeremonyRecord request(RootRequest.Read asked) {
    RootRequest request = asked.request();
    line("asked for", request.id() + " of " + request.trustDomain());
    line(
        "  as", request.extended().isPresent() ? "more time for the same key" : "a new issuing CA");
    line("  for", request.scope().isAll() ? "all devices" : "devices of " + request.scope().text());
    line("  made", request.time().toString());
    hash("  key (SPKI)", Bytes.adopt(request.key().getEncoded()));
    request.extended().ifPresent(old -> hash("  to extend", Bytes.adopt(Certificates.der(old))));
    request
        .before()
        .forEach(old -> hash("  to certify the root", Bytes.adopt(Certificates.der(old))));
    line(
        "  list",
        "number %s, naming %d revoked certificates of CAs"
            .formatted(request.listNumber(), request.revoked().size()));
    request
        .revoked()
        .forEach(one -> line("    revoked", one.serial().toString(16) + " at " + one.when()));
    text.append(grouped("  request file", asked.hash()));
    return this;
  }

  /** The SHA-256 of {@code content}, in groups of four digits. */
  CeremonyRecord hash(String name, Bytes content) {
    text.append(grouped(name, Hash.sha256(content)));
    return this;
  }

  /** How a record names one before it. */
  static String before(Bytes record) {
    return grouped("record before", Hash.sha256(record));
  }

  private static String grouped(String name, Hash hash) {
    String hex = hash.hex();
    var lines = new StringBuilder(String.format(Locale.ROOT, "%-26s", name));
    for (int at = 0; at < hex.length(); at += GROUP) {
      int group = at / GROUP;
      if (group > 0) {
        lines.append(group % GROUPS_A_LINE == 0 ? "\n" + " ".repeat(26) : " ");
      }
      lines.append(hex, at, at + GROUP);
    }
    return lines.append('\n').toString();
  }

  CeremonyRecord signatures() {
    text.append(RULE)
        .append("\nperformed by  ______________________________\n")
        .append("\nwitnessed by  ______________________________\n");
    return this;
  }

  String text() {
    return text.toString();
  }
}
