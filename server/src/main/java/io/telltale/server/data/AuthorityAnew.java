package io.telltale.server.data;

import io.telltale.crypto.x509.Certificates;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.ledger.LedgerEntry;
import io.telltale.proof.TrustBundle;
import io.telltale.server.Foundation;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.Optional;

/**
 * A CA in the place of one that was in use: what was sealed before is proven under the trust bundle
 * of before only, so that one is kept, and the ledger and the log say what was done. Before the new
 * bundle is written.
 */
public final class AuthorityAnew {
  private static final System.Logger LOG = System.getLogger(AuthorityAnew.class.getName());

  private final Foundation foundation;
  private final DataFolder folder;
  private final X509Certificate root;

  public AuthorityAnew(Foundation foundation, DataFolder folder) {
    this.foundation = foundation;
    this.folder = folder;
    this.root = foundation.authority().roots().getFirst();
  }

  public void tell() {
    Optional<TrustBundle> before =
        TrustBundleFile.written(folder).filter(found -> !found.caRoots().contains(root));
    Optional<Path> kept =
        before.map(_ -> TrustBundleFile.keep(folder, root.getNotBefore().toInstant()));
    if (foundation.authority().isUntoldAnew()) {
      record(before);
      // Behind the event: without it nobody would be told after a crash.
      foundation.authority().toldOfAnew();
    }
    kept.ifPresent(
        file ->
            LOG.log(
                System.Logger.Level.WARNING,
                "ca.another kept=\"{0}\" why=\"the trust bundle of before names another root: what"
                    + " was sealed until now is proven under that one only, so keep it:"
                    + " docs/operating.md\"",
                file));
  }

  private void record(Optional<TrustBundle> before) {
    var details = new HashMap<String, String>();
    details.put("root", Certificates.fingerprint(root).hex());
    details.put(TrustBundleFile.KEYS_SINCE, keysSince(before).toString());
    before
        .flatMap(found -> found.caRoots().stream().findFirst())
        .ifPresent(old -> details.put("replaced", Certificates.fingerprint(old).hex()));
    foundation
        .ledger()
        .record(
            Event.of(
                TrustBundleFile.MADE_ANEW,
                foundation.clock().instant(),
                TenantId.DEFAULT,
                "system",
                foundation.names().authority().uri(),
                details));
    LOG.log(
        System.Logger.Level.WARNING,
        "ca.made-anew root={0} replaced={1} why=\"make-new said so: every device enrolls again\"",
        details.get("root"),
        details.getOrDefault("replaced", "unknown"));
  }

  // Without the bundle of before as old as the ledger; a first clock of the future counts for none.
  private Instant keysSince(Optional<TrustBundle> before) {
    Instant begun = root.getNotBefore().toInstant();
    return before.stream()
        .flatMap(found -> found.ledgerKeys().stream())
        .filter(one -> one.key().equals(foundation.ledger().key()))
        .map(TrustBundle.LedgerKey::notBefore)
        .findFirst()
        .or(() -> foundation.ledger().event(0).map(LedgerEntry::time))
        .filter(first -> first.isBefore(begun))
        .orElse(begun);
  }
}
