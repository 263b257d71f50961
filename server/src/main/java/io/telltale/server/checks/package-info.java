/** What is read again to be sure of it: at a start, by 'check', and slowly in the background. */
@NullMarked
package io.telltale.server.checks;

import org.jspecify.annotations.NullMarked;
