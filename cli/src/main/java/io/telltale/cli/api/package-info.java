/** A command's way to a server and back: options that all share, the connection, its answers. */
@NullMarked
package io.telltale.cli.api;

import org.jspecify.annotations.NullMarked;
