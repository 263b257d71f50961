/** Operator commands over the API: which there are, and what they share with each other. */
@NullMarked
package io.telltale.cli;

import org.jspecify.annotations.NullMarked;
