/** The offline verifier as a command, and as a jar that runs alone. */
@NullMarked
package io.telltale.verifier;

import org.jspecify.annotations.NullMarked;
