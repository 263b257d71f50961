/** Tests of the pipeline on the real log, keys, registry and database. */
@NullMarked
package io.telltale.pipeline;

import org.jspecify.annotations.NullMarked;
