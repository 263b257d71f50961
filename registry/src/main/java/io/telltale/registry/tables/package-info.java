/** The registry's tables: each reads and writes its own, in the transaction it is given. */
@NullMarked
package io.telltale.registry.tables;

import org.jspecify.annotations.NullMarked;
