@NullMarked
package io.telltale.db;

import org.jspecify.annotations.NullMarked;
