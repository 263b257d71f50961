/** The data folder: its files, its secrets, and that it is one server's alone. */
@NullMarked
package io.telltale.server.data;

import org.jspecify.annotations.NullMarked;
