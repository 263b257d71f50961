/** From the handshake to an identity: the gate that shows nothing of what is behind it. */
@NullMarked
package io.telltale.doors.tls;

import org.jspecify.annotations.NullMarked;
