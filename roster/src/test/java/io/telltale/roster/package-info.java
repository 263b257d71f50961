@NullMarked
package io.telltale.roster;

import org.jspecify.annotations.NullMarked;
