/** Each door's seals and counters, so that nothing is missing before it is taken. */
@NullMarked
package io.telltale.pipeline.runs;

import org.jspecify.annotations.NullMarked;
