/** Answers on a screen: fields, tables, columns. */
@NullMarked
package io.telltale.cli.print;

import org.jspecify.annotations.NullMarked;
