/** What each minute is made of, and which of its revisions is the last. */
@NullMarked
package io.telltale.pipeline.minutes;

import org.jspecify.annotations.NullMarked;
