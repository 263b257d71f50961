/** What a running server renews, warns of and throws away by itself. */
@NullMarked
package io.telltale.server.upkeep;

import org.jspecify.annotations.NullMarked;
