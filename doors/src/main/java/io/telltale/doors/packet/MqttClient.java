package io.telltale.doors.packet;

/**
 * What a client can take, as its CONNECT says.
 *
 * @param packetBytesMax of a whole packet (MQTT 5 section 3.1.2.11.4)
 * @param problemInformation whether an answer other than CONNACK and DISCONNECT may carry a reason
 *     in words (section 3.1.2.11.7)
 */
public record MqttClient(boolean version5, int packetBytesMax, boolean problemInformation) {
  /** MQTT 3.1.1 knows no such terms. */
  public static final MqttClient VERSION_311 = new MqttClient(false, Integer.MAX_VALUE, false);
}
