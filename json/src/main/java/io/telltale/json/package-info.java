/** JSON from outside: one profile of what is taken, one reader of objects that names mistakes. */
@NullMarked
package io.telltale.json;

import org.jspecify.annotations.NullMarked;
