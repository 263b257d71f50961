/** MQTT 3.1.1 and 5 as bytes: a strict reader of what a client may send, and what is answered. */
@NullMarked
package io.telltale.doors.packet;

import org.jspecify.annotations.NullMarked;
