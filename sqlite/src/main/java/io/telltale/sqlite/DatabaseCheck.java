package io.telltale.sqlite;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Every page of a database file and every row against its seal, in one step. */
public final class DatabaseCheck implements StoreCheck {
  private final String name;
  private final Path file;
  private final Supplier<List<String>> check;
  private final Optional<AuthenticStore> open;

  private DatabaseCheck(
      String name, Path file, Supplier<List<String>> check, Optional<AuthenticStore> open) {
    this.name = "store-" + name;
    this.file = file;
    this.check = check;
    this.open = open;
  }

  /** Of a store that is in use; what is found wrong serves nobody any more. */
  public static DatabaseCheck of(AuthenticStore store) {
    return new DatabaseCheck(store.name(), store.file(), store::check, Optional.of(store));
  }

  /**
   * Of a store that is being served, at the speed that {@code goesOn} lets it have. A step throws
   * {@link UnavailableException} where nothing can be said now.
   */
  public static DatabaseCheck of(AuthenticStore store, BooleanSupplier goesOn) {
    Supplier<List<String>> check = () -> store.check(goesOn);
    return new DatabaseCheck(store.name(), store.file(), check, Optional.of(store));
  }

  /** Of a store that nobody has open. */
  public static DatabaseCheck of(Path file, StoreSeal seal) {
    return new DatabaseCheck(
        seal.store(), file, () -> AuthenticStore.check(file, seal), Optional.empty());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Step next(String position) {
    List<Finding> findings = findings();
    return new Step("all", true, size(), 0, findings);
  }

  /** Nothing is read from the store or written to it from now on; for one that is in use. */
  public void condemn(List<Finding> findings) {
    open.ifPresent(
        store -> store.condemn(Damage.text(file, findings.stream().map(Finding::what).toList())));
  }

  private List<Finding> findings() {
    if (!Files.exists(file)) {
      return List.of(Finding.lost(file.toString(), "is missing"));
    }
    try {
      return check.get().stream().map(what -> Finding.lost(file.toString(), what)).toList();
    } catch (UnavailableException e) {
      if (open.isPresent()) {
        throw e;
      }
      return List.of(Finding.lost(file.toString(), "cannot be read: " + causes(e)));
    } catch (CorruptException | IllegalStateException e) {
      // A schema or a header that makes no sense fails in as many ways as SQLite has codes.
      return List.of(Finding.lost(file.toString(), "cannot be read: " + causes(e)));
    }
  }

  private static String causes(Throwable failure) {
    return failure.getCause() == null
        ? String.valueOf(failure.getMessage())
        : failure.getMessage() + " (" + failure.getCause().getMessage() + ")";
  }

  private long size() {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UnavailableException("reading the size of " + file, e);
    }
  }
}
