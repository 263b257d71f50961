/** The composition root: configuration, wiring, REST API, run and demo. */
@NullMarked
package io.telltale.server;

import org.jspecify.annotations.NullMarked;
