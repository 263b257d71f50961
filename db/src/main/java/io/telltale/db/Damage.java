package io.telltale.db;

import io.telltale.kernel.CorruptException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How we say what is wrong with a store, and what to do. */
final class Damage {
  static final String EDITED = "was edited";
  static final String ADDED = "was added";
  static final String REMOVED = "was removed";
  private static final int NAMED_MAX = 5;

  private Damage() {}

  static String row(String table, @Nullable Object key, String how) {
    return "row %s of table %s %s".formatted(SealedValues.shown(key), table, how);
  }

  static CorruptException of(StoreDriver driver, List<String> findings) {
    return new CorruptException(text(driver.place(), findings));
  }

  static String text(String place, List<String> findings) {
    int more = findings.size() - NAMED_MAX;
    return "%s was changed by something else than Telltale: %s%s. Nothing is served from it. Put"
            .formatted(
                place,
                String.join("; ", findings.subList(0, Math.min(NAMED_MAX, findings.size()))),
                more > 0 ? " and %d more".formatted(more) : "")
        + " the newest copy of the whole data folder back, and find out who can write to it";
  }
}
