package io.telltale.doors;

import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttConnectVariableHeader;
import io.netty.handler.codec.mqtt.MqttProperties;
import java.time.Duration;

/** What a CONNECT asks for, judged: pure, so that every rule can be tested without a socket. */
sealed interface MqttConnect {
  int VERSION_311 = 4;
  int VERSION_5 = 5;

  /**
   * @param assignedClientId empty when the client brought one
   * @param keepAliveSeconds in force; 0 only for MQTT 3.1.1 without one
   * @param overruled whether the client must be told another keep-alive
   */
  record Accepted(
      boolean version5, String assignedClientId, int keepAliveSeconds, boolean overruled)
      implements MqttConnect {}

  /** With the code of the client's version. */
  record Refused(MqttConnectReturnCode code, String text, String cause) implements MqttConnect {}

  /** The identity comes from the certificate: user name and password are neither read nor kept. */
  static MqttConnect judge(MqttConnectMessage message, String device, Duration keepAliveMax) {
    MqttConnectVariableHeader header = message.variableHeader();
    boolean version5 = header.version() == VERSION_5;
    if (!version5 && header.version() != VERSION_311) {
      return new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION, "", "version");
    }
    if (header.isWillFlag()) {
      return new Refused(
          version5
              ? MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5
              : MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
          "will messages are not offered",
          "will");
    }
    if (version5 && header.properties().getProperty(MqttProperties.AUTHENTICATION_METHOD) != null) {
      return new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD,
          "the certificate is the only authentication",
          "auth-method");
    }
    boolean nameless = message.payload().clientIdentifier().isEmpty();
    if (nameless && !version5 && !header.isCleanSession()) {
      return new Refused(
          MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED, "", "client-id");
    }
    int wanted = header.keepAliveTimeSeconds();
    int most = (int) Math.min(keepAliveMax.toSeconds(), 0xffff);
    boolean overruled = version5 && (wanted == 0 || wanted > most);
    return new Accepted(
        version5, nameless && version5 ? device : "", overruled ? most : wanted, overruled);
  }
}
