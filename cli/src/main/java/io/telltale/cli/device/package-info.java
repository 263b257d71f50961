/** The fleet: devices one by one and from a file, their tokens. */
@NullMarked
package io.telltale.cli.device;

import org.jspecify.annotations.NullMarked;
