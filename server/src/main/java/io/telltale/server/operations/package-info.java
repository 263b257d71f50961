/** What the API's routes ask for, done on the parts of the running server. */
@NullMarked
package io.telltale.server.operations;

import org.jspecify.annotations.NullMarked;
