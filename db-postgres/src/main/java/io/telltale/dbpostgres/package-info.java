/**
 * Stores in PostgreSQL, a schema each: what {@code db} asks of a driver. Knows no table and no
 * seal.
 */
@NullMarked
package io.telltale.dbpostgres;

import org.jspecify.annotations.NullMarked;
