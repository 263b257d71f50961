/**
 * Devices, credentials and their lifecycle, policies as versions: the writes and the change feed.
 * Knows no certificate format and no socket.
 */
@NullMarked
package io.telltale.registry;

import org.jspecify.annotations.NullMarked;
