/**
 * DuckDB, caged: the worker process that answers one question and knows no key, no path and no
 * name; its class path is this module's. And the same engine, of little memory, where our own
 * process writes with it.
 */
@NullMarked
package io.telltale.engine;

import org.jspecify.annotations.NullMarked;
