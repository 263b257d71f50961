package io.telltale.kernel;

import java.util.Locale;
import java.util.Optional;

/** The unit of key separation: one tenant, environment, region, product line and sensitivity. */
public record Scope(
    TenantId tenant,
    String environment,
    String region,
    String productLine,
    Sensitivity sensitivity) {
  public Scope {
    Names.require("an environment", environment);
    Names.require("a region", region);
    Names.require("a product line", productLine);
  }

  /**
   * {@code tenant/environment/region/productLine/sensitivity}: unique, since no name has a slash.
   */
  public String path() {
    return String.join(
        "/",
        tenant.name(),
        environment,
        region,
        productLine,
        sensitivity.name().toLowerCase(Locale.ROOT));
  }

  /** The inverse of {@link #path()}; empty for anything else. */
  public static Optional<Scope> parse(String path) {
    String[] parts = path.split("/", -1);
    if (parts.length != 5) {
      return Optional.empty();
    }
    try {
      var scope =
          new Scope(
              new TenantId(parts[0]),
              parts[1],
              parts[2],
              parts[3],
              Sensitivity.valueOf(parts[4].toUpperCase(Locale.ROOT)));
      // Another letter case would be a second name of the same scope.
      return scope.path().equals(path) ? Optional.of(scope) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return path();
  }
}
