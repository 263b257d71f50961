package io.telltale.identity;

import io.telltale.kernel.Bytes;

/**
 * What a request should look like, as CsrAttrs (RFC 7030 section 4.5.2, RFC 8951 section 3.5): an
 * EC key on P-256, signed with ECDSA and SHA-256.
 *
 * <pre>
 * SEQUENCE {
 *   SEQUENCE { OID id-ecPublicKey, SET { OID prime256v1 } }
 *   OID ecdsa-with-SHA256 }
 * </pre>
 */
final class CsrAttributes {
  static final Bytes DER =
      Bytes.ofHex(
          "3021"
              + "3015" // the key: Attribute
              + "06072a8648ce3d0201"
              + "310a06082a8648ce3d030107"
              + "06082a8648ce3d040302"); // the signature's algorithm

  private CsrAttributes() {}
}
