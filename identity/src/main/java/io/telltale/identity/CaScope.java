package io.telltale.identity;

import io.telltale.kernel.TenantId;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * For whose devices an issuing CA signs: those of an environment of a tenant, of a tenant, or all
 * that have none of their own.
 *
 * @param text {@code tenant/environment}, {@code tenant}, or empty for all
 */
public record CaScope(String text) {
  // Before the first one is made.
  private static final Pattern FORM =
      Pattern.compile("|[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?");

  /** Of the one that signs for everybody else, and for services and people. */
  public static final CaScope ALL = new CaScope("");

  public CaScope {
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException("no scope of a CA");
    }
  }

  /** Empty where {@code environment} cannot be part of one. */
  public static Optional<CaScope> of(TenantId tenant, String environment) {
    String text = tenant.name() + "/" + environment;
    return FORM.matcher(text).matches() ? Optional.of(new CaScope(text)) : Optional.empty();
  }

  boolean isAll() {
    return text.isEmpty();
  }

  /** This one, and what stands in for it where it has no CA: the narrowest first. */
  List<CaScope> andWider() {
    int at = text.indexOf('/');
    if (isAll()) {
      return List.of(ALL);
    }
    return at < 0 ? List.of(this, ALL) : List.of(this, new CaScope(text.substring(0, at)), ALL);
  }
}
