package io.telltale.server.checks;

import io.telltale.crypto.Entropy;
import io.telltale.db.Database;
import io.telltale.db.DatabaseCheck;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.Halts;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.keys.FileBackend;
import io.telltale.logembedded.LogCheck;
import io.telltale.pipeline.LeafArrays;
import io.telltale.server.Budget;
import io.telltale.server.Closing;
import io.telltale.server.Config;
import io.telltale.server.DataPath;
import io.telltale.server.Foundation;
import io.telltale.server.Machine;
import io.telltale.server.data.DataFolder;
import io.telltale.server.data.LogFile;
import io.telltale.server.data.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Reads a data folder that no server has open: what a start looks at, or all of it. What can be
 * read by itself is read first, so that one damaged store does not hide another.
 */
public final class FolderCheck {
  private static final String START = "what a start reads";
  private static final String NO_ANSWER =
      "See that what it names answers (a database, a disk), and check again.";
  private static final String PASSPHRASE = "keys.passphrase-file";
  private static final String TOKEN = "pkcs11.library";
  private static final String NO_SETTINGS =
      "Check again with the settings that the server runs with, where that stands: --config FILE.";
  private static final List<String> NEEDED =
      List.of(
          "keys/root.key",
          "keys/stores.sealed",
          "keys/ledger-name-key.sealed",
          "ca/root.crt.pem",
          "ca/issuing.crt.pem");
  // Sealed there, or in a token.
  private static final List<String> ISSUING_KEY =
      List.of("ca/issuing.key.sealed", "ca/issuing.key.token");

  private final Config config;
  private final boolean deep;
  private final Consumer<String> progress;
  private final Set<Finding> findings = new LinkedHashSet<>();
  private long bytes;
  private long unread;

  /**
   * What was found.
   *
   * @param unread objects that nobody can read now, since their key is disabled or destroyed
   */
  public record Outcome(List<Finding> findings, long bytes, long unread) {
    public Outcome {
      findings = List.copyOf(findings);
    }
  }

  private FolderCheck(Config config, boolean deep, Consumer<String> progress) {
    this.config = config;
    this.deep = deep;
    this.progress = progress;
  }

  /**
   * Reads the folder of {@code config}. Throws {@link UnavailableException} that says what to do
   * when there is none or a server has it.
   */
  public static Outcome run(Config config, boolean deep, Consumer<String> progress) {
    if (!hasKeys(config.data())) {
      throw new UnavailableException(
          "there is no data folder at %s: say where it is with --data".formatted(config.data()));
    }
    LogFile.quiet();
    try (var closing = new Closing()) {
      DataFolder folder = closing.add(DataFolder.at(config.data()));
      if (!folder.claim()) {
        throw new UnavailableException(
            "a server is running on %s: stop it, and check again".formatted(config.data()));
      }
      return new FolderCheck(config, deep, progress).run(folder);
    }
  }

  private static boolean hasKeys(Path data) {
    try {
      return PrivateFiles.isFolder(data.resolve("keys"));
    } catch (IOException e) {
      throw new UnavailableException("looking into the data folder " + data, e);
    }
  }

  private static boolean hasNone(DataFolder folder, List<String> files) {
    return files.stream().allMatch(file -> Files.notExists(folder.root().resolve(file)));
  }

  private Outcome run(DataFolder folder) {
    Stores stores = Stores.of(config.database(), folder);
    List<String> missing =
        Stream.concat(
                Stream.concat(NEEDED.stream(), stores.files().stream())
                    .filter(file -> Files.notExists(folder.root().resolve(file))),
                Stream.of(ISSUING_KEY.getFirst()).filter(_ -> hasNone(folder, ISSUING_KEY)))
            .toList();
    missing.forEach(
        file -> findings.add(Finding.lost(folder.root().resolve(file).toString(), "is missing")));
    if (deep) {
      attempt("the log", () -> check(LogCheck.of(folder.part("log"))));
    }
    if (missing.isEmpty()) {
      int before = findings.size();
      attempt("looking for the stores", () -> findings.addAll(stores.lost()));
      if (deep && findings.size() == before) {
        attempt("the stores", () -> stores(folder, stores));
      }
      if (findings.size() > before) {
        // What is known to be damaged is not opened, and so not written to either.
        progress.accept("what stands on that was not read: mend it, and check again");
      } else {
        attempt(START, () -> opened(folder));
      }
    }
    return new Outcome(List.copyOf(findings), bytes, unread);
  }

  /** Each database by itself. */
  private void stores(DataFolder folder, Stores stores) {
    var environment =
        new FileBackend.Environment(
            Foundation.passphrase(config), Entropy.system(), InstantSource.system());
    Path keys = folder.part("keys");
    try (FileBackend backend = FileBackend.open(keys, stores.of("backend"), environment)) {
      check(DatabaseCheck.of(backend.store()));
      for (String store : List.of("keys", "registry", "pipeline")) {
        check(DatabaseCheck.of(stores.of(store), backend.storeSeal(store)));
      }
    }
  }

  private void opened(DataFolder folder) {
    try (var closing = new Closing()) {
      Foundation foundation = Foundation.open(config, folder, InstantSource.system(), closing);
      Checks.small(foundation, config, folder).forEach(this::attempt);
      Database database = closing.add(DataPath.database(foundation));
      foundation.anchors().admit(database.store());
      // Damage of the log, which may be named already, hides nothing of the lake.
      attempt(START, () -> DataPath.requireLog(folder, database));
      var objects = DataPath.objects(folder);
      var memory = new Budget(Machine.here(), config.limits()).lake();
      var shared = new DataPath.Shared(memory, Halts.none());
      var lake = closing.add(DataPath.lake(foundation, database, objects, shared));
      if (deep) {
        var leaves = new LeafArrays(database, objects);
        Checks.large(foundation, lake, leaves, List.of(foundation.ledger().store()))
            .forEach(this::attempt);
      }
    }
  }

  private void check(StoreCheck check) {
    progress.accept("reading " + check.name());
    Optional<StoreCheck.Step> step = Optional.empty();
    while (step.isEmpty() || !step.get().last()) {
      step = Optional.of(check.next(step.map(StoreCheck.Step::position).orElse("")));
      findings.addAll(step.get().findings());
      bytes += step.get().bytes();
      unread += step.get().unread();
    }
  }

  // One that ends hides no other.
  private void attempt(StoreCheck one) {
    attempt("the check of " + one.name(), () -> check(one));
  }

  // Whatever a damaged file makes of itself is a finding, not the end of the check.
  private void attempt(String what, Runnable part) {
    try {
      part.run();
    } catch (CorruptException e) {
      findings.add(new Finding(what, "ended: " + Finding.causes(e), ""));
    } catch (UnavailableException e) {
      String why = Finding.causes(e);
      boolean unsaid =
          (!config.hasPassphrase() && why.contains(PASSPHRASE))
              || (config.token().isEmpty() && why.contains(TOKEN));
      findings.add(new Finding(what, "ended: " + why, unsaid ? NO_SETTINGS : NO_ANSWER));
    } catch (RuntimeException e) {
      findings.add(new Finding(what, "ended: " + Finding.causes(e), Finding.FROM_A_COPY));
    }
  }
}
