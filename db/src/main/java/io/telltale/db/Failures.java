package io.telltale.db;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What comes out of a work that failed. */
final class Failures {
  private Failures() {}

  static RuntimeException of(StoreDriver driver, String attempted, @Nullable Throwable cause) {
    return switch (cause) {
      case null -> new IllegalStateException(attempted + " failed without a cause");
      case SQLException e -> driver.failure(attempted, e);
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(attempted, cause);
    };
  }
}
