/**
 * What goes on between commits and beside them: files written together, what nobody needs deleted,
 * every object read again.
 */
@NullMarked
package io.telltale.lake.upkeep;

import org.jspecify.annotations.NullMarked;
