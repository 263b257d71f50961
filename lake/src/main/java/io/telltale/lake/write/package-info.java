/** How rows become files: as columns, in groups, the minutes folded with what fed them. */
@NullMarked
package io.telltale.lake.write;

import org.jspecify.annotations.NullMarked;
