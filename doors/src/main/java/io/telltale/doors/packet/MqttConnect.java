package io.telltale.doors.packet;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import java.time.Duration;

/** What a CONNECT asks for, judged: pure, so that every rule can be tested without a socket. */
public sealed interface MqttConnect {
  int VERSION_311 = 4;
  int VERSION_5 = 5;

  /**
   * @param assignedClientId empty when the client brought one
   * @param keepAliveSeconds in force; 0 only for MQTT 3.1.1 without one
   * @param overruled whether the client must be told another keep-alive
   */
  record Accepted(String assignedClientId, int keepAliveSeconds, boolean overruled)
      implements MqttConnect {}

  /** With the code of the client's version. */
  record Refused(MqttConnectReturnCode code, String text, String cause) implements MqttConnect {}

  Refused OTHER_VERSION =
      new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION,
          "the protocol is neither MQTT 3.1.1 nor 5",
          "version");

  /** Its Maximum Packet Size is below that of a CONNACK that says what holds. */
  Refused NO_ROOM =
      new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_IMPLEMENTATION_SPECIFIC,
          "your maximum packet size has no room for the terms",
          "packet-size");

  static MqttConnect judge(MqttPacket.Connect connect, String device, Duration keepAliveMax) {
    boolean version5 = connect.client().version5();
    MqttPacket.Will will = connect.will();
    // MQTT 3.1.1 has no word for it: there the flag and the QoS ask for more than is given.
    if (will != null && version5 && will.quality() == 2) {
      return new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_QOS_NOT_SUPPORTED,
          "a will has QoS 0 or 1",
          "will-qos2");
    }
    if (will != null && version5 && will.retain()) {
      return new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_RETAIN_NOT_SUPPORTED,
          "nothing is retained, a will neither",
          "will-retain");
    }
    if (connect.authentication()) {
      return new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD,
          "the certificate is the only authentication",
          "auth-method");
    }
    if (connect.nameless() && !version5 && !connect.clean()) {
      return new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED,
          "an empty client id is for a clean session",
          "client-id");
    }
    int wanted = connect.keepAliveSeconds();
    int most = (int) Math.min(keepAliveMax.toSeconds(), 0xffff);
    boolean overruled = version5 && (wanted == 0 || wanted > most);
    return new Accepted(
        connect.nameless() && version5 ? device : "", overruled ? most : wanted, overruled);
  }
}
