package io.telltale.db;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Every page of a store, where it has such, and every row against its seal, in one step. */
public final class DatabaseCheck implements StoreCheck {
  private final String name;
  private final StoreDriver driver;
  private final Supplier<List<SealCheck.Wrong>> check;
  private final Optional<AuthenticStore> open;

  private DatabaseCheck(
      String name,
      StoreDriver driver,
      Supplier<List<SealCheck.Wrong>> check,
      Optional<AuthenticStore> open) {
    this.name = "store-" + name;
    this.driver = driver;
    this.check = check;
    this.open = open;
  }

  /** Of a store that is in use; what is found wrong serves nobody any more. */
  public static DatabaseCheck of(AuthenticStore store) {
    return of(store, CheckPace.AT_ONCE);
  }

  /**
   * Of a store that is being served, at the speed that {@code pace} lets it have. A step throws
   * {@link UnavailableException} where nothing can be said now.
   */
  public static DatabaseCheck of(AuthenticStore store, CheckPace pace) {
    return new DatabaseCheck(
        store.name(), store.driver(), () -> store.look(pace), Optional.of(store));
  }

  /** Of a store that nobody has open. */
  public static DatabaseCheck of(StoreDriver driver, StoreSeal seal) {
    return new DatabaseCheck(
        seal.store(), driver, () -> AuthenticStore.look(driver, seal), Optional.empty());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Step next(String position, BooleanSupplier goesOn) {
    List<Finding> findings = findings();
    return new Step("all", true, size(), 0, findings);
  }

  /** Nothing is read from the store or written to it from now on; for one that is in use. */
  public void condemn(List<Finding> findings) {
    open.ifPresent(
        store ->
            store.condemn(
                Damage.text(driver.place(), findings.stream().map(Finding::what).toList())));
  }

  private List<Finding> findings() {
    try {
      return driver.exists()
          ? check.get().stream().map(this::finding).toList()
          : List.of(Finding.lost(driver.place(), "is missing"));
    } catch (IOException | DiskFailedException e) {
      return List.of(Finding.unreadable(driver.place(), e));
    } catch (UnavailableException e) {
      if (open.isPresent()) {
        throw e;
      }
      return List.of(Finding.unreadable(driver.place(), e));
    } catch (CorruptException | IllegalStateException e) {
      // A schema or a header that makes no sense fails in as many ways as a database has codes.
      return List.of(
          new Finding(
              driver.place(), "cannot be read", ": " + Finding.causes(e), Finding.FROM_A_COPY));
    }
  }

  private Finding finding(SealCheck.Wrong wrong) {
    return new Finding(driver.place(), wrong.kind(), wrong.detail(), Finding.FROM_A_COPY);
  }

  private long size() {
    try {
      return driver.bytes();
    } catch (IOException e) {
      // What is to be said of it is said above.
      return 0;
    }
  }
}
