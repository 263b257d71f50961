/**
 * The words everyone uses: values, the ports by which modules meet, how files for their owner alone
 * are written, and how what others wrote is printed for people and shells. Knows no library and no
 * clock.
 */
@NullMarked
package io.telltale.kernel;

import org.jspecify.annotations.NullMarked;
