/**
 * Columns of our own written as Parquet, straight into memory: no engine between rows and bytes.
 */
@NullMarked
package io.telltale.lake.parquet;

import org.jspecify.annotations.NullMarked;
