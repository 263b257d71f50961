package io.telltale.server.checks;

import io.telltale.db.AuthenticStore;
import io.telltale.db.CheckPace;
import io.telltale.db.DatabaseCheck;
import io.telltale.identity.CertificateAuthority;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Hash;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.Lake;
import io.telltale.ledger.Ledger;
import io.telltale.pipeline.LeafArrays;
import io.telltale.server.Config;
import io.telltale.server.DataPath;
import io.telltale.server.Foundation;
import io.telltale.server.Operator;
import io.telltale.server.data.CaKeys;
import io.telltale.server.data.DataFolder;
import io.telltale.server.data.RootListsFile;
import io.telltale.server.data.TrustBundleFile;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The checks of everything that the data folder holds, of the modules that own the formats. */
public final class Checks {
  private Checks() {}

  /** What is small, and read at every start too. */
  public static List<StoreCheck> small(Foundation foundation, Config config, DataFolder folder) {
    var operator = new Operator(folder, foundation);
    return List.of(
        CertificateAuthority.check(
            folder.part("ca"), new CaKeys(foundation.authoritySeal()), foundation.token()),
        once(
            "operator",
            () ->
                Stream.of(
                        operator.faults(),
                        TrustBundleFile.faults(foundation, config, folder),
                        RootListsFile.faults(foundation, folder))
                    .flatMap(List::stream)
                    .toList()));
  }

  /** What grows. */
  static List<StoreCheck> large(
      Foundation foundation, Lake lake, LeafArrays leaves, List<AuthenticStore> stores) {
    var checks = new ArrayList<StoreCheck>();
    stores.forEach(store -> checks.add(DatabaseCheck.of(store)));
    checks.add(foundation.ledger().check());
    checks.add(lake.check());
    checks.add(leaves.check(new BatchRoots(foundation.ledger())));
    return checks;
  }

  /** Everything, for a server that runs: what is damaged is not only named. */
  public static List<Scrub.Part> running(
      Foundation foundation, DataPath path, List<StoreCheck> small, CheckPace pace) {
    var parts = new ArrayList<Scrub.Part>();
    small.forEach(check -> parts.add(new Scrub.Part(check)));
    for (AuthenticStore store : stores(foundation, path)) {
      DatabaseCheck check = DatabaseCheck.of(store, pace);
      parts.add(new Scrub.Part(check, check::condemn));
    }
    Ledger ledger = foundation.ledger();
    parts.add(new Scrub.Part(ledger.check(), found -> ledger.condemn(found.getFirst().text())));
    parts.add(new Scrub.Part(path.log().check()));
    parts.add(new Scrub.Part(path.lake().check()));
    parts.add(new Scrub.Part(path.leaves().check(new BatchRoots(ledger))));
    return parts;
  }

  private static List<AuthenticStore> stores(Foundation foundation, DataPath path) {
    return List.of(
        foundation.backend().store(),
        foundation.keys().store(),
        foundation.registry().store(),
        path.store(),
        foundation.ledger().store());
  }

  /**
   * Whether the keys in the folder are what they are now: a start opens each of them, and nobody
   * writes to one while the server runs. One that it could not read is named until it can be.
   */
  public static StoreCheck unchangedKeys(Path folder) {
    Map<Path, Optional<Hash>> before = keys(folder);
    return once(
        "key-files",
        () ->
            before.entrySet().stream()
                .flatMap(key -> changed(key.getKey(), key.getValue()).stream())
                .toList());
  }

  private static Map<Path, Optional<Hash>> keys(Path folder) {
    var hashes = new TreeMap<Path, Optional<Hash>>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{key,sealed}")) {
      for (Path file : files) {
        hashes.put(file, atStart(file));
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new UnavailableException("listing the keys in " + folder, e);
    }
    return hashes;
  }

  private static Optional<Hash> atStart(Path file) {
    try {
      return Optional.of(hash(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<Finding> changed(Path file, Optional<Hash> before) {
    try {
      Hash now = hash(file);
      return before.isEmpty() || before.get().equals(now)
          ? Optional.empty()
          : Optional.of(Finding.lost(file.toString(), "is not what the start has read"));
    } catch (NoSuchFileException e) {
      return Optional.of(Finding.lost(file.toString(), "is missing"));
    } catch (IOException e) {
      return Optional.of(Finding.unreadable(file.toString(), e));
    }
  }

  private static Hash hash(Path file) throws IOException {
    return Hash.sha256(Bytes.adopt(Files.readAllBytes(file)));
  }

  private static StoreCheck once(String name, Supplier<List<Finding>> findings) {
    return new StoreCheck() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Step next(String position, BooleanSupplier goesOn) {
        return new Step("all", true, 0, 0, findings.get());
      }
    };
  }
}
