/** From an answer back to the records behind it, and from a record to what it became. */
@NullMarked
package io.telltale.lake.trace;

import org.jspecify.annotations.NullMarked;
