/** The Merkle leaves of what was stored: by commit, by tiers, checked. */
@NullMarked
package io.telltale.pipeline.leaves;

import org.jspecify.annotations.NullMarked;
