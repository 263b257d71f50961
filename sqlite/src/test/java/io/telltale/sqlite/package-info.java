@NullMarked
package io.telltale.sqlite;

import org.jspecify.annotations.NullMarked;
