/** Operator commands over the API. */
@NullMarked
package io.telltale.cli;

import org.jspecify.annotations.NullMarked;
