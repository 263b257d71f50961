package io.telltale.doors;

import java.time.Duration;

/**
 * The bounds of one MQTT session.
 *
 * @param packetBytesMax of a whole packet, advertised as Maximum Packet Size
 * @param receiveMax unacknowledged QoS 1 messages, advertised as Receive Maximum
 * @param connectMax from the end of the handshake to a complete CONNECT
 * @param packetMax from the first byte of a packet to its last
 * @param keepAliveMax the longest silence; what a client asks for beyond it is overruled
 * @param holdMax how long an MQTT 3.1.1 message that cannot be stored now is kept and tried again
 * @param holdBytesMax of all such messages together; a session beyond that is closed
 * @param willBytesMax of all wills together; one beyond that is not kept
 */
public record MqttLimits(
    int packetBytesMax,
    int receiveMax,
    Duration connectMax,
    Duration packetMax,
    Duration keepAliveMax,
    Duration holdMax,
    long holdBytesMax,
    long willBytesMax) {
  public static MqttLimits standard(long holdBytesMax, long willBytesMax) {
    return new MqttLimits(
        264 * 1024,
        64,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofMinutes(20),
        Duration.ofMinutes(2),
        holdBytesMax,
        willBytesMax);
  }
}
