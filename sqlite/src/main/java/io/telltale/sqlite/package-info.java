/** Opens an embedded database and gives it one durable writer. Knows no table. */
@NullMarked
package io.telltale.sqlite;

import org.jspecify.annotations.NullMarked;
