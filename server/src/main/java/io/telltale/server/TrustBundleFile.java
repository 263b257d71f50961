package io.telltale.server;

import io.telltale.ledger.TrustBundle;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** What an auditor trusts ({@code docs/format/trust-bundle.md}). */
final class TrustBundleFile {
  private TrustBundleFile() {}

  static String json(Foundation foundation, Config config) {
    X509Certificate root = foundation.authority().roots().getFirst();
    var ledgerKey =
        new TrustBundle.LedgerKey(
            foundation.ledger().key(), root.getNotBefore().toInstant(), Optional.empty());
    return new TrustBundle(
            config.trustDomain(),
            foundation.authority().roots(),
            List.of(ledgerKey),
            foundation.keys().epochSigners().stream()
                .map(
                    key ->
                        new TrustBundle.KeyServiceKey(
                            key, root.getNotBefore().toInstant(), Optional.empty()))
                .toList(),
            List.of(),
            TrustBundle.FORMATS)
        .toJson()
        .asUtf8();
  }
}
