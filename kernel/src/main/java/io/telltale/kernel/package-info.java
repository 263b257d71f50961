/**
 * The words everyone uses: values, the ports by which modules meet, and the one way in which files
 * for their owner alone are written. Knows no library and no clock.
 */
@NullMarked
package io.telltale.kernel;

import org.jspecify.annotations.NullMarked;
