package io.telltale.server;

import io.telltale.identity.CertificateAuthority;
import io.telltale.kernel.Event;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.lake.Lake;
import io.telltale.ledger.LedgerEntry;
import io.telltale.ledger.LedgerQuery;
import io.telltale.pipeline.LeafArrays;
import io.telltale.sqlite.AuthenticStore;
import io.telltale.sqlite.DatabaseCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The checks of everything that the data folder holds, of the modules that own the formats. */
final class Checks {
  private Checks() {}

  /** What is small, and read at every start too. */
  static List<StoreCheck> small(Foundation foundation, Config config, DataFolder folder) {
    var operator = new Operator(folder, foundation);
    return List.of(
        CertificateAuthority.check(folder.part("ca"), new CaKeys(foundation.authoritySeal())),
        once(
            "operator",
            () ->
                Stream.concat(
                        operator.faults().stream(),
                        TrustBundleFile.faults(foundation, config, folder).stream())
                    .toList()));
  }

  /** What grows. */
  static List<StoreCheck> large(
      Foundation foundation, Lake lake, LeafArrays leaves, List<AuthenticStore> stores) {
    var checks = new ArrayList<StoreCheck>();
    stores.forEach(store -> checks.add(DatabaseCheck.of(store)));
    checks.add(foundation.ledger().check());
    checks.add(lake.check());
    checks.add(leaves.check(batch -> root(foundation, batch)));
    return checks;
  }

  private static Optional<Hash> root(Foundation foundation, long batch) {
    LedgerQuery query = LedgerQuery.newest(1).ofType("batch.stored").ofSubject("batch/" + batch);
    return foundation.ledger().search(query).stream()
        .findFirst()
        .flatMap(LedgerEntry::event)
        .map(Event::details)
        .map(details -> Hash.ofHex(details.getOrDefault("root", "")));
  }

  private static StoreCheck once(String name, Supplier<List<Finding>> findings) {
    return new StoreCheck() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Step next(String position) {
        return new Step("all", true, 0, 0, findings.get());
      }
    };
  }
}
