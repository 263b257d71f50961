@NullMarked
package io.telltale.dbsqlite;

import org.jspecify.annotations.NullMarked;
