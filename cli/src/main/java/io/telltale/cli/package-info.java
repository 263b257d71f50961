/** Operator commands over the API, and verifiers that need no server. */
@NullMarked
package io.telltale.cli;

import org.jspecify.annotations.NullMarked;
