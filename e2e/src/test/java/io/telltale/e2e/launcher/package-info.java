/** The program as a person starts it. Knows the launcher only. */
@NullMarked
package io.telltale.e2e.launcher;

import org.jspecify.annotations.NullMarked;
