/**
 * Devices, credentials, lifecycle and policy as data; the feed and the identity view. Knows no
 * certificate format and no socket.
 */
@NullMarked
package io.telltale.registry;

import org.jspecify.annotations.NullMarked;
