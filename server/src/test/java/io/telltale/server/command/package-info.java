/** The command line as a person meets it. */
@NullMarked
package io.telltale.server.command;

import org.jspecify.annotations.NullMarked;
