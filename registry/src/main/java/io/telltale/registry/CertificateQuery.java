package io.telltale.registry;

import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which certificates to list, the newest first, page by page.
 *
 * @param before only those with a lower number, the last of the page before
 * @param limit 1 to 1000
 * @param issuers only those of these certificates of CAs; empty for all
 * @param ends between which times their validity ends; the second is exclusive
 * @param issued between which times they were issued; the second is exclusive
 * @param isWhole whether the certificates themselves are wanted, too
 */
public record CertificateQuery(
    TenantId tenant,
    long before,
    int limit,
    Optional<SpiffeId> owner,
    Optional<SpiffeId.Kind> kind,
    Optional<Standing> standing,
    Set<Fingerprint> issuers,
    Optional<String> serial,
    Span ends,
    Span issued,
    boolean isWhole) {
  public static final int LIMIT_MAX = 1_000;

  /** Before the first page. */
  public static final long FIRST = Long.MAX_VALUE;

  public CertificateQuery {
    issuers = Set.copyOf(issuers);
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException("a page has 1 to " + LIMIT_MAX + " entries");
    }
  }

  /** All of a tenant's. */
  public static CertificateQuery all(TenantId tenant, long before, int limit) {
    return new CertificateQuery(
        tenant,
        before,
        limit,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Set.of(),
        Optional.empty(),
        Span.ALL,
        Span.ALL,
        false);
  }

  /** Times from the first on and before the second. */
  public record Span(Optional<Instant> from, Optional<Instant> to) {
    public static final Span ALL = new Span(Optional.empty(), Optional.empty());
  }

  /** What a certificate is worth now. */
  public enum Standing {
    /** It opens doors, as far as its owner's state does. */
    GOOD,
    /** So it does, and another has followed it: until its overlap ends. */
    RETIRING,
    REVOKED,
    /** Its validity or its overlap is over. */
    ENDED;

    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The inverse of {@link #text()}. */
    public static Optional<Standing> ofText(String text) {
      return Arrays.stream(values()).filter(one -> one.text().equals(text)).findFirst();
    }
  }
}
