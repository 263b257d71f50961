/**
 * Issues, renews and revokes certificates, and speaks EST. Bytes in, bytes out: knows no socket, no
 * database and no key store, only the ports {@link io.telltale.identity.KeyWrap} and {@link
 * io.telltale.identity.CredentialRegister}.
 */
@NullMarked
package io.telltale.identity;

import org.jspecify.annotations.NullMarked;
