/** The whole system, as outsiders meet it: processes, sockets, files and commands. */
@NullMarked
package io.telltale.e2e;

import org.jspecify.annotations.NullMarked;
