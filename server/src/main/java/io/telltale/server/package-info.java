/** The composition root: configuration, and the wiring of what lies in the rooms below. */
@NullMarked
package io.telltale.server;

import org.jspecify.annotations.NullMarked;
