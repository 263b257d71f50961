/** Gives tests their stores. */
@NullMarked
package io.telltale.dbtestkit;

import org.jspecify.annotations.NullMarked;
