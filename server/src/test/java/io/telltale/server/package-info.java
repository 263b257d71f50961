/** Tests of the composition root. */
@NullMarked
package io.telltale.server;

import org.jspecify.annotations.NullMarked;
