/** Plays a small factory against a real server over real sockets and tells what happened. */
@NullMarked
package io.telltale.server.demo;

import org.jspecify.annotations.NullMarked;
