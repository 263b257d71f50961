package io.telltale.crypto.x509;

/**
 * Where others learn whether a certificate is still good, as it says itself.
 *
 * @param crl URI of its issuer's CRL (RFC 5280 section 4.2.1.13)
 * @param ocsp URI of its issuer's OCSP responder (RFC 5280 section 4.2.2.1)
 */
public record StatusPlaces(String crl, String ocsp) {}
