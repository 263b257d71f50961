/**
 * Records that cannot be processed now or ever: set aside, sealed, stored, trimmed. Who judges them
 * again is the intake.
 */
@NullMarked
package io.telltale.pipeline.letters;

import org.jspecify.annotations.NullMarked;
