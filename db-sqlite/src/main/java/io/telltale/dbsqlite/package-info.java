/** Stores in SQLite files: what {@code db} asks of a driver. Knows no table and no seal. */
@NullMarked
package io.telltale.dbsqlite;

import org.jspecify.annotations.NullMarked;
