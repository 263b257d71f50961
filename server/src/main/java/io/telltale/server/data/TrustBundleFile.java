package io.telltale.server.data;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Finding;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.UnavailableException;
import io.telltale.proof.TrustBundle;
import io.telltale.server.Config;
import io.telltale.server.Foundation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;

/** What an auditor trusts ({@code docs/format/trust-bundle.md}). */
public final class TrustBundleFile {
  /** Within the data folder. */
  static final String NAME = "operator/trust-bundle.json";

  /** The event of a CA that took the place of one that was in use. */
  public static final String MADE_ANEW = "authority.made-anew";

  /** Its detail: since when the keys that outlived the CA before have signed. */
  public static final String KEYS_SINCE = "keysSince";

  private static final DateTimeFormatter UNTIL =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private TrustBundleFile() {}

  public static String json(Foundation foundation, Config config) {
    Instant since = keysSince(foundation);
    var ledgerKey = new TrustBundle.LedgerKey(foundation.ledger().key(), since, Optional.empty());
    return new TrustBundle(
            config.trustDomain(),
            foundation.authority().roots(),
            List.of(ledgerKey),
            foundation.keys().epochSigners().stream()
                .map(key -> new TrustBundle.KeyServiceKey(key, since, Optional.empty()))
                .toList(),
            List.of(),
            TrustBundle.FORMATS)
        .toJson()
        .asUtf8();
  }

  // As old as the first root: a CA that is made anew makes no new keys of these.
  private static Instant keysSince(Foundation foundation) {
    X509Certificate root = foundation.authority().roots().getFirst();
    return foundation
        .ledger()
        .newest(MADE_ANEW, foundation.names().authority().uri())
        .map(Event::details)
        .map(details -> Instant.parse(details.get(KEYS_SINCE)))
        .orElseGet(() -> root.getNotBefore().toInstant());
  }

  /** The bundle that is there, where it can be read. */
  public static Optional<TrustBundle> written(DataFolder folder) {
    if (!PrivateFiles.mayExist(in(folder))) {
      return Optional.empty();
    }
    return TrustBundle.parse(content(folder)) instanceof TrustBundle.Parsed.Ok(TrustBundle found)
        ? Optional.of(found)
        : Optional.empty();
  }

  /** Keeps a copy of the bundle that is there beside it; where. */
  public static Path keep(DataFolder folder, Instant until) {
    Path kept = in(folder).resolveSibling("trust-bundle-until-" + UNTIL.format(until) + ".json");
    folder.write(kept, content(folder).borrow());
    return kept;
  }

  private static Bytes content(DataFolder folder) {
    try {
      return Bytes.adopt(Files.readAllBytes(in(folder)));
    } catch (IOException e) {
      throw new UnavailableException("reading " + in(folder), e);
    }
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
