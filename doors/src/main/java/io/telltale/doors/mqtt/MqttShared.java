package io.telltale.doors.mqtt;

import io.telltale.doors.MqttLimits;
import io.telltale.doors.session.HoldRoom;
import io.telltale.doors.session.ProtocolDoor;

/**
 * What all MQTT sessions of one door share.
 *
 * @param wills the room of all their wills
 */
public record MqttShared(ProtocolDoor links, MqttLimits limits, HoldRoom wills) {}
