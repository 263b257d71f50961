/** MQTT's part of a session: packets to publications, keep alive, last will, codes. */
@NullMarked
package io.telltale.doors.mqtt;

import org.jspecify.annotations.NullMarked;
