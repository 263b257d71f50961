/** Log to lake, exactly once, with provenance. */
@NullMarked
package io.telltale.pipeline;

import org.jspecify.annotations.NullMarked;
