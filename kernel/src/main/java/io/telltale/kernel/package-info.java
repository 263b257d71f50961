/** The words everyone uses. Knows no library, no clock, no disk: values only. */
@NullMarked
package io.telltale.kernel;

import org.jspecify.annotations.NullMarked;
