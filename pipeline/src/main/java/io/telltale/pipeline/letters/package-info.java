/** Records that cannot be processed now or ever: set aside, sealed, tried again, trimmed. */
@NullMarked
package io.telltale.pipeline.letters;

import org.jspecify.annotations.NullMarked;
