/**
 * The one program's entry and those of its commands that are no operator's. Knows every command,
 * and nothing of their work.
 */
@NullMarked
package io.telltale.server.command;

import org.jspecify.annotations.NullMarked;
