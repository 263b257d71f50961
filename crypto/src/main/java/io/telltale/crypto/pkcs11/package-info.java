/**
 * Private keys that stay in a PKCS #11 token, by its library's own interface (version 2.20 and
 * later): a token by its label, keys by their id, and what the library answers told as it is.
 */
@NullMarked
package io.telltale.crypto.pkcs11;

import org.jspecify.annotations.NullMarked;
