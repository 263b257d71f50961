/** Objects as files in a folder: what {@code objects} asks of a driver. Knows nothing of them. */
@NullMarked
package io.telltale.objectslocal;

import org.jspecify.annotations.NullMarked;
