/**
 * Reads and writes X.509 certificates, PKCS#10 requests, CRLs, PKCS#7 and PEM, for P-256 only.
 * Knows no CA policy, no disk and no clock: time and randomness are handed in.
 */
@NullMarked
package io.telltale.crypto.x509;

import org.jspecify.annotations.NullMarked;
