package io.telltale.doors;

import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttReasonCodes;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubAckPayload;
import io.netty.handler.codec.mqtt.MqttUnsubAckMessage;
import io.netty.handler.codec.mqtt.MqttUnsubAckPayload;
import java.util.List;

/** The packets that the door sends. */
final class MqttPackets {
  static final MqttMessage PINGRESP = new MqttMessage(header(MqttMessageType.PINGRESP));

  private MqttPackets() {}

  private static MqttFixedHeader header(MqttMessageType type) {
    return new MqttFixedHeader(type, false, MqttQoS.AT_MOST_ONCE, false, 0);
  }

  /** What an accepted client is told in MQTT 5 (section 3.2.2.3). */
  record Terms(String assignedClientId, int serverKeepAlive, MqttLimits limits) {}

  static MqttConnAckMessage accepted(Terms terms) {
    var properties = new MqttProperties();
    integer(properties, MqttProperties.SESSION_EXPIRY_INTERVAL, 0);
    integer(properties, MqttProperties.RECEIVE_MAXIMUM, terms.limits().receiveMax());
    integer(properties, MqttProperties.MAXIMUM_QOS, 1);
    integer(properties, MqttProperties.RETAIN_AVAILABLE, 0);
    integer(properties, MqttProperties.MAXIMUM_PACKET_SIZE, terms.limits().packetBytesMax());
    integer(properties, MqttProperties.TOPIC_ALIAS_MAXIMUM, 0);
    integer(properties, MqttProperties.SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0);
    integer(properties, MqttProperties.SHARED_SUBSCRIPTION_AVAILABLE, 0);
    if (!terms.assignedClientId().isEmpty()) {
      properties.add(
          new StringProperty(MqttProperties.ASSIGNED_CLIENT_IDENTIFIER, terms.assignedClientId()));
    }
    if (terms.serverKeepAlive() > 0) {
      integer(properties, MqttProperties.SERVER_KEEP_ALIVE, terms.serverKeepAlive());
    }
    return connack(MqttConnectReturnCode.CONNECTION_ACCEPTED, properties);
  }

  static MqttConnAckMessage connack(MqttConnectReturnCode code, MqttProperties properties) {
    return MqttMessageBuilders.connAck()
        .returnCode(code)
        .sessionPresent(false)
        .properties(properties)
        .build();
  }

  static MqttMessage puback(int packet, MqttAnswer answer) {
    return new MqttMessage(
        header(MqttMessageType.PUBACK),
        new MqttPubReplyMessageVariableHeader(
            packet, answer.code().byteValue(), reason(answer.text())));
  }

  static MqttMessage disconnect(MqttReasonCodes.Disconnect code, String text) {
    return new MqttMessage(
        header(MqttMessageType.DISCONNECT),
        new MqttReasonCodeAndPropertiesVariableHeader(code.byteValue(), reason(text)));
  }

  static MqttMessage suback(int packet, List<Integer> codes) {
    return new MqttSubAckMessage(
        header(MqttMessageType.SUBACK),
        MqttMessageIdVariableHeader.from(packet),
        new MqttSubAckPayload(codes));
  }

  static MqttMessage unsuback(int packet, List<Short> codes) {
    return new MqttUnsubAckMessage(
        header(MqttMessageType.UNSUBACK),
        MqttMessageIdVariableHeader.from(packet),
        new MqttUnsubAckPayload(codes));
  }

  static MqttProperties reason(String text) {
    if (text.isEmpty()) {
      return MqttProperties.NO_PROPERTIES;
    }
    var properties = new MqttProperties();
    properties.add(new StringProperty(MqttProperties.REASON_STRING, text));
    return properties;
  }

  private static void integer(MqttProperties properties, int type, int value) {
    properties.add(new IntegerProperty(type, value));
  }
}
