/**
 * The session of one device whatever it speaks: order, waiting, back-pressure, pauses, take-over
 * and end. A protocol gives it a {@link io.telltale.doors.session.Wire} and what it has read.
 */
@NullMarked
package io.telltale.doors.session;

import org.jspecify.annotations.NullMarked;
