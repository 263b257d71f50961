/** One MQTT session from CONNECT to its end: order, waiting, back-pressure, its last will. */
@NullMarked
package io.telltale.doors.mqtt;

import org.jspecify.annotations.NullMarked;
