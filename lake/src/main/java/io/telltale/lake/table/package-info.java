/**
 * The two tables: where each stands, what is in it, and how it comes on in our transaction; who
 * reads it still, and what nothing names any more.
 */
@NullMarked
package io.telltale.lake.table;

import org.jspecify.annotations.NullMarked;
