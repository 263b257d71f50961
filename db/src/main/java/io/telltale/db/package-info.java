/** Opens an embedded database and gives it one durable writer. Knows no table. */
@NullMarked
package io.telltale.db;

import org.jspecify.annotations.NullMarked;
