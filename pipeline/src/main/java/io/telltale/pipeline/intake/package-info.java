/**
 * Takes records from the log, in turns, and again what was set aside and dead letters that are
 * asked for, and judges them; knows what is stored through others.
 */
@NullMarked
package io.telltale.pipeline.intake;

import org.jspecify.annotations.NullMarked;
