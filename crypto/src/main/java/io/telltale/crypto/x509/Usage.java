package io.telltale.crypto.x509;

import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/** What a key may be used for (RFC 5280 section 4.2.1.12), as far as we issue it. */
public enum Usage {
  CLIENT("1.3.6.1.5.5.7.3.2"),
  SERVER("1.3.6.1.5.5.7.3.1"),
  /** To sign OCSP answers in the issuer's place (RFC 6960 section 4.2.2.2). */
  OCSP_SIGNING("1.3.6.1.5.5.7.3.9");

  private final String oid;

  Usage(String oid) {
    this.oid = oid;
  }

  KeyPurposeId purpose() {
    return KeyPurposeId.getInstance(new ASN1ObjectIdentifier(oid));
  }

  public String oid() {
    return oid;
  }

  /** The dotted identifiers of a set. */
  public static Set<String> oids(Set<Usage> usages) {
    return Set.copyOf(usages.stream().map(Usage::oid).toList());
  }
}
