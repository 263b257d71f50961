package io.telltale.crypto.x509;

/**
 * One subject alternative name (RFC 5280 section 4.2.1.6).
 *
 * @param kind which choice of GeneralName
 * @param value its text; an address in its usual notation; for {@code OTHER} only a description
 */
public record SubjectName(Kind kind, String value) {
  /** The choices that we tell apart; everything else is {@code OTHER} and never issued. */
  public enum Kind {
    URI,
    DNS,
    IP,
    EMAIL,
    OTHER
  }

  public static SubjectName uri(String uri) {
    return new SubjectName(Kind.URI, uri);
  }

  public static SubjectName dns(String name) {
    return new SubjectName(Kind.DNS, name);
  }

  public static SubjectName ip(String address) {
    return new SubjectName(Kind.IP, address);
  }
}
