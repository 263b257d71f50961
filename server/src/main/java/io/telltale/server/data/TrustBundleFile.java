package io.telltale.server.data;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import io.telltale.proof.TrustBundle;
import io.telltale.server.Config;
import io.telltale.server.Foundation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;

/** What an auditor trusts ({@code docs/format/trust-bundle.md}). */
public final class TrustBundleFile {
  /** Within the data folder. */
  static final String NAME = "operator/trust-bundle.json";

  private static final DateTimeFormatter UNTIL =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private TrustBundleFile() {}

  public static String json(Foundation foundation, Config config) {
    Instant since = AuthorityAnew.keysSince(foundation);
    var ledgerKey = new TrustBundle.LedgerKey(foundation.ledger().key(), since, Optional.empty());
    return new TrustBundle(
            config.trustDomain(),
            foundation.authority().provingRoots(),
            List.of(ledgerKey),
            foundation.keys().epochSigners().stream()
                .map(key -> new TrustBundle.KeyServiceKey(key, since, Optional.empty()))
                .toList(),
            List.of(),
            TrustBundle.FORMATS)
        .toJson()
        .asUtf8();
  }

  static boolean isThere(DataFolder folder) {
    return PrivateFiles.mayExist(in(folder));
  }

  /** The bundle that is there; empty for none, and for what is no bundle. */
  public static Optional<TrustBundle> written(DataFolder folder) {
    return isThere(folder)
            && TrustBundle.parse(content(in(folder)))
                instanceof TrustBundle.Parsed.Ok(TrustBundle found)
        ? Optional.of(found)
        : Optional.empty();
  }

  /** Keeps a copy of what is there beside it, and every copy that was kept before; where. */
  public static Path keep(DataFolder folder, Instant until) {
    Bytes content = content(in(folder));
    String name = "trust-bundle-until-" + UNTIL.format(until);
    Path kept = in(folder).resolveSibling(name + ".json");
    for (int n = 2; PrivateFiles.mayExist(kept) && !content(kept).equals(content); n++) {
      kept = in(folder).resolveSibling("%s-%d.json".formatted(name, n));
    }
    folder.write(kept, content.borrow());
    return kept;
  }

  private static Bytes content(Path file) {
    try {
      return Bytes.adopt(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UnavailableException("reading " + file, e);
    }
  }

  public static Path in(DataFolder folder) {
    return folder.root().resolve(NAME);
  }

  /** Writes it unless it is there already; true if it was written. */
  public static boolean write(Foundation foundation, Config config, DataFolder folder) {
    if (faults(foundation, config, folder).isEmpty() && isThere(folder)) {
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
