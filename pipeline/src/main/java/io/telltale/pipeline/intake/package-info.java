/** Takes records from the log, in turns, and judges them; knows what is stored through others. */
@NullMarked
package io.telltale.pipeline.intake;

import org.jspecify.annotations.NullMarked;
