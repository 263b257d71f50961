/** Issues, renews and revokes certificates. Bytes in, bytes out; knows no socket. */
@NullMarked
package io.telltale.identity;

import org.jspecify.annotations.NullMarked;
