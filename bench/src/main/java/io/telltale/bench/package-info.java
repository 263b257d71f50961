/** Load runs side by side with a peer, on loopback, bounded in time. Ships with nothing. */
@NullMarked
package io.telltale.bench;

import org.jspecify.annotations.NullMarked;
