/** The one policy that every submission passes, whichever door. Knows no socket. */
@NullMarked
package io.telltale.admission;

import org.jspecify.annotations.NullMarked;
