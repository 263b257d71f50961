package io.telltale.db;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What makes a store authentic: {@code docs/format/authentic-store.md}. Every table is covered but
 * those named here, so that a new one cannot be forgotten.
 *
 * @param store the store's name, as its outbox and the ledger know it
 * @param key 32 bytes that nobody has but us, kept as long as the store is open
 * @param uncovered tables whose rows something else authenticates
 * @param later tables that decide nothing at the start, which leaves them alone
 * @param quiet tables whose change alone is no reason to anchor the store anew
 * @param adopts asked where a store has rows and no seals: whether it may be from before there were
 */
public record StoreSeal(
    String store,
    SecretBytes key,
    Entropy entropy,
    Set<String> uncovered,
    Set<String> later,
    Set<String> quiet,
    BooleanSupplier adopts) {
  public StoreSeal {
    uncovered = Set.copyOf(uncovered);
    later = Set.copyOf(later);
    quiet = Set.copyOf(quiet);
  }

  /** Covers every table, looks at all of them at the start. */
  public StoreSeal(String store, SecretBytes key, Entropy entropy) {
    this(store, key, entropy, Set.of(), Set.of(), Set.of(), () -> true);
  }

  public StoreSeal without(String... tables) {
    return new StoreSeal(store, key, entropy, Set.of(tables), later, quiet, adopts);
  }

  public StoreSeal lookingLaterAt(String... tables) {
    return new StoreSeal(store, key, entropy, uncovered, Set.of(tables), quiet, adopts);
  }

  public StoreSeal quietAbout(String... tables) {
    return new StoreSeal(store, key, entropy, uncovered, later, Set.of(tables), adopts);
  }

  public StoreSeal adoptingOnlyIf(BooleanSupplier mayBeOlder) {
    return new StoreSeal(store, key, entropy, uncovered, later, quiet, mayBeOlder);
  }
}
