@NullMarked
package io.telltale.dbpostgres;

import org.jspecify.annotations.NullMarked;
