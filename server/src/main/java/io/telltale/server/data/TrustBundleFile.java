package io.telltale.server.data;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.PrivateFiles;
import io.telltale.proof.TrustBundle;
import io.telltale.server.Config;
import io.telltale.server.Foundation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** What an auditor trusts ({@code docs/format/trust-bundle.md}). */
public final class TrustBundleFile {
  /** Within the data folder. */
  static final String NAME = "operator/trust-bundle.json";

  private TrustBundleFile() {}

  public static String json(Foundation foundation, Config config) {
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

  public static Path in(DataFolder folder) {
    return folder.root().resolve(NAME);
  }

  /** Writes it unless it is there already; true if it was written. */
  public static boolean write(Foundation foundation, Config config, DataFolder folder) {
    if (faults(foundation, config, folder).isEmpty() && PrivateFiles.mayExist(in(folder))) {
      return false;
    }
    folder.write(in(folder), Bytes.utf8(json(foundation, config)).borrow());
    return true;
  }

  /** Whether it is the one that would be written now; none is none written yet. */
  public static List<Finding> faults(Foundation foundation, Config config, DataFolder folder) {
    try {
      boolean same =
          Files.notExists(in(folder))
              || Bytes.adopt(Files.readAllBytes(in(folder)))
                  .equals(Bytes.utf8(json(foundation, config)));
      return same
          ? List.of()
          : List.of(
              new Finding(
                  in(folder).toString(),
                  "is not the trust bundle of this server",
                  "The next start writes it anew; whoever took a copy takes one again and compares"
                      + " them."));
    } catch (IOException e) {
      return List.of(Finding.unreadable(in(folder).toString(), e));
    }
  }
}
