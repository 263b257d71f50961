package io.telltale.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Published vectors and recorded data too large for this repository, in the folder {@code shared}
 * beside the checkout.
 */
public final class SharedFiles {
  private SharedFiles() {}

  /** Finds {@code shared/<relative>}, or skips the calling test with the reason. */
  public static Path require(String relative) {
    Optional<Path> found = find(relative);
    Assumptions.assumeTrue(
        found.isPresent(), () -> "there is no shared/%s beside the checkout".formatted(relative));
    return found.orElseThrow();
  }

  /** Finds {@code shared/<relative>} if it is there. */
  public static Optional<Path> find(String relative) {
    return Checkout.sharedFolder().map(shared -> shared.resolve(relative)).filter(Files::exists);
  }
}
