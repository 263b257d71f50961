/** The log as files on a local disk: what {@code log} asks of a driver. */
@NullMarked
package io.telltale.logembedded;

import org.jspecify.annotations.NullMarked;
