/** A durable, partitioned sequence of opaque records. Knows nothing of what is inside them. */
@NullMarked
package io.telltale.log;

import org.jspecify.annotations.NullMarked;
