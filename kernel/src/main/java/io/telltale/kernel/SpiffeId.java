package io.telltale.kernel;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code spiffe://<trust domain>/<tenant>/<kind>/<name>}: the one name of anything that
 * authenticates (SPIFFE-ID section 2).
 */
public record SpiffeId(String trustDomain, TenantId tenant, Kind kind, String name) {
  private static final String SCHEME = "spiffe://";
  private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
  private static final int LENGTH_MAX = 512;

  /** What kind of thing the name belongs to; the path segment is its lower-case name. */
  public enum Kind {
    DEVICE,
    GATEWAY,
    SERVICE,
    PERSON;

    public String segment() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Kind> ofSegment(String segment) {
      for (Kind kind : values()) {
        if (kind.segment().equals(segment)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  public SpiffeId {
    if (!isTrustDomain(trustDomain)) {
      throw new IllegalArgumentException("a trust domain is 1 to 255 of [a-z0-9._-]");
    }
    Names.require("a SPIFFE id's last segment", name);
  }

  /** Empty for anything that is not exactly of our form. */
  public static Optional<SpiffeId> parse(String uri) {
    if (uri.length() > LENGTH_MAX || !uri.startsWith(SCHEME)) {
      return Optional.empty();
    }
    String[] parts = uri.substring(SCHEME.length()).split("/", -1);
    if (parts.length != 4
        || !isTrustDomain(parts[0])
        || !Names.valid(parts[1])
        || !Names.valid(parts[3])) {
      return Optional.empty();
    }
    return Kind.ofSegment(parts[2])
        .map(kind -> new SpiffeId(parts[0], new TenantId(parts[1]), kind, parts[3]));
  }

  public static boolean isTrustDomain(String name) {
    return TRUST_DOMAIN.matcher(name).matches();
  }

  public String uri() {
    return SCHEME + trustDomain + "/" + tenant + "/" + kind.segment() + "/" + name;
  }

  @Override
  public String toString() {
    return uri();
  }
}
