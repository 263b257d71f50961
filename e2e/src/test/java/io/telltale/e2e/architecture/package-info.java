/** House rules about which class may know which. Knows compiled classes, not sources. */
@NullMarked
package io.telltale.e2e.architecture;

import org.jspecify.annotations.NullMarked;
