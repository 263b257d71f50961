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
import java.util.List;
import java.util.Optional;

/**
 * A CA in the place of one that was in use: what was sealed before is proven under the trust bundle
 * of before only, so that one is kept, and the ledger and the log say what was done. Before the new
 * bundle is written.
 */
public final class AuthorityAnew {
  private static final System.Logger LOG = System.getLogger(AuthorityAnew.class.getName());

  private static final String MADE_ANEW = "authority.made-anew";

  /** Its detail: since when the keys that outlived the CA before have signed. */
  private static final String KEYS_SINCE = "keysSince";

  private final Foundation foundation;
  private final DataFolder folder;
  private final X509Certificate root;

  public AuthorityAnew(Foundation foundation, DataFolder folder) {
    this.foundation = foundation;
    this.folder = folder;
    this.root = foundation.authority().root();
  }

  /** Since when the ledger's and the key service's keys count: a CA made anew makes no new ones. */
  static Instant keysSince(Foundation foundation) {
    return told(foundation).orElseGet(() -> foundation.authority().founded());
  }

  private static Optional<Instant> told(Foundation foundation) {
    return newest(foundation).map(event -> Instant.parse(event.details().get(KEYS_SINCE)));
  }

  private static Optional<Event> newest(Foundation foundation) {
    return foundation.ledger().newest(MADE_ANEW, foundation.names().authority().uri());
  }

  /**
   * Keeps the bundle of before, where there is one, and tells of what nobody was told yet; true if
   * this is the first start since a CA was made anew.
   */
  public boolean tell() {
    Optional<TrustBundle> written = TrustBundleFile.written(folder);
    // One that names other roots beside ours is kept as well.
    List<X509Certificate> roots = foundation.authority().provingRoots();
    boolean isCurrent =
        written
            .filter(found -> !found.caRoots().isEmpty() && roots.containsAll(found.caRoots()))
            .isPresent();
    Optional<TrustBundle> before = isCurrent ? Optional.empty() : written;
    // What is no bundle is kept as well: perhaps a byte of it is wrong, and there is no other.
    Optional<Path> kept =
        TrustBundleFile.isThere(folder) && !isCurrent
            ? Optional.of(TrustBundleFile.keep(folder, root.getNotBefore().toInstant()))
            : Optional.empty();
    boolean isUntold = foundation.authority().isUntoldAnew();
    if (isUntold) {
      // What the ledger says, not a file that anybody may have changed: a start that could not go
      // on has told it already, or a hand has put the mark here again.
      if (!isTold()) {
        record(before);
      }
      // Behind the event: without it nobody would be told after a crash.
      foundation.authority().toldOfAnew();
    }
    kept.ifPresent(
        file ->
            LOG.log(
                System.Logger.Level.WARNING,
                "ca.another kept=\"{0}\" why=\"the trust bundle of before {1}: what was sealed"
                    + " under another root is proven under its bundle only, so keep it:"
                    + " docs/operating.md\"",
                file,
                before.isPresent() ? "does not name the root alone" : "cannot be read"));
    return isUntold;
  }

  private boolean isTold() {
    return newest(foundation)
        .filter(event -> Certificates.fingerprint(root).hex().equals(event.details().get("root")))
        .isPresent();
  }

  private void record(Optional<TrustBundle> before) {
    var details = new HashMap<String, String>();
    details.put("root", Certificates.fingerprint(root).hex());
    details.put(KEYS_SINCE, since(before).toString());
    before
        .flatMap(found -> found.caRoots().stream().findFirst())
        .ifPresent(old -> details.put("replaced", Certificates.fingerprint(old).hex()));
    foundation
        .ledger()
        .record(
            Event.of(
                MADE_ANEW,
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

  // What the ledger has, or as old as the first root: the times of the bundle's keys are plain text
  // that anybody may have changed, and this is written for good. Without the bundle of before as
  // old as the ledger; a first clock of the future counts for none.
  private Instant since(Optional<TrustBundle> before) {
    Instant begun = root.getNotBefore().toInstant();
    return told(foundation)
        .or(() -> before.filter(this::isOurs).flatMap(AuthorityAnew::begin))
        .or(() -> foundation.ledger().event(0).map(LedgerEntry::time))
        .filter(first -> first.isBefore(begun))
        .orElse(begun);
  }

  private boolean isOurs(TrustBundle bundle) {
    return bundle.ledgerKeys().stream()
        .anyMatch(one -> one.key().equals(foundation.ledger().key()));
  }

  private static Optional<Instant> begin(TrustBundle bundle) {
    return bundle.caRoots().stream().findFirst().map(first -> first.getNotBefore().toInstant());
  }
}
