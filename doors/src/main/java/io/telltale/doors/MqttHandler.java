package io.telltale.doors;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttIdentifierRejectedException;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.netty.handler.codec.mqtt.MqttReasonCodes.SubAck;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.codec.mqtt.MqttUnacceptableProtocolVersionException;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.util.ReferenceCountUtil;
import io.telltale.admission.Submission;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Speaks MQTT 3.1.1 and 5 with one device: packets in, answers out; decides nothing by itself. */
final class MqttHandler extends ChannelInboundHandlerAdapter {
  private static final System.Logger LOG = System.getLogger(MqttHandler.class.getName());
  private static final int REFUSED_311 = 0x80;
  private static final short NO_SUBSCRIPTION_EXISTED = 0x11;
  private static final int NUMBER_CHARS_MAX = 16;
  private static final long NUMBER_END = 1L << 53;

  private final MqttSession session;
  private final MqttDoor.Shared shared;
  private boolean version5;

  MqttHandler(MqttSession session, MqttDoor.Shared shared) {
    this.session = session;
    this.shared = shared;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    try {
      if (session.isOver() || !(read instanceof MqttMessage message)) {
        return;
      }
      if (message.decoderResult().isFailure()) {
        undecodable(ctx, message.decoderResult().cause());
        return;
      }
      session.packetArrived();
      if (session.isConnected()) {
        packet(ctx, message);
      } else if (message instanceof MqttConnectMessage connect) {
        connect(ctx, connect);
      } else {
        session.close(Disconnect.PROTOCOL_ERROR, "", "connect-missing");
      }
    } finally {
      ReferenceCountUtil.release(read);
    }
  }

  private void packet(ChannelHandlerContext ctx, MqttMessage message) {
    switch (message.fixedHeader().messageType()) {
      case PUBLISH -> publish((MqttPublishMessage) message);
      case PINGREQ -> ctx.writeAndFlush(MqttPackets.PINGRESP, ctx.voidPromise());
      case SUBSCRIBE -> subscribe(ctx, (MqttSubscribeMessage) message);
      case UNSUBSCRIBE -> unsubscribe(ctx, (MqttUnsubscribeMessage) message);
      case DISCONNECT -> session.close(Disconnect.NORMAL_DISCONNECT, "", "by-device");
      // Nothing is ever sent to a device that it could acknowledge; a second CONNECT is an error.
      case CONNECT, CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, PINGRESP, AUTH ->
          session.close(Disconnect.PROTOCOL_ERROR, "not expected here", "protocol-error");
    }
  }

  // CONNECT

  private void connect(ChannelHandlerContext ctx, MqttConnectMessage message) {
    String device = session.context().device().name();
    switch (MqttConnect.judge(message, device, shared.limits().keepAliveMax())) {
      case MqttConnect.Refused refused -> refuse(ctx, refused);
      case MqttConnect.Accepted accepted -> {
        version5 = accepted.version5();
        session.connected(version5, accepted.keepAliveSeconds());
        shared.parts().counters().count("sessions.opened", version5 ? "mqtt5" : "mqtt3.1.1");
        var terms =
            new MqttPackets.Terms(
                accepted.assignedClientId(),
                accepted.overruled() ? accepted.keepAliveSeconds() : 0,
                shared.limits());
        ctx.writeAndFlush(
            version5
                ? MqttPackets.accepted(terms)
                : MqttPackets.connack(
                    MqttConnectReturnCode.CONNECTION_ACCEPTED, MqttProperties.NO_PROPERTIES),
            ctx.voidPromise());
      }
    }
  }

  private void refuse(ChannelHandlerContext ctx, MqttConnect.Refused refused) {
    shared.parts().counters().count("mqtt.refused", refused.cause());
    ctx.writeAndFlush(
        MqttPackets.connack(refused.code(), MqttPackets.reason(refused.text())), ctx.voidPromise());
    session.close(Disconnect.UNSPECIFIED_ERROR, "", "connect-refused");
  }

  private void undecodable(ChannelHandlerContext ctx, Throwable cause) {
    shared.parts().counters().count("mqtt.refused", "malformed");
    switch (cause) {
      case MqttUnacceptableProtocolVersionException _ ->
          refuse(
              ctx,
              new MqttConnect.Refused(
                  MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION,
                  "",
                  "version"));
      case MqttIdentifierRejectedException _ ->
          refuse(
              ctx,
              new MqttConnect.Refused(
                  MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED, "", "client-id"));
      case TooLongFrameException _ ->
          session.close(Disconnect.PACKET_TOO_LARGE, "the packet is too large", "too-large");
      default -> session.close(Disconnect.MALFORMED_PACKET, "", "malformed");
    }
  }

  // PUBLISH

  private void publish(MqttPublishMessage message) {
    var fixed = message.fixedHeader();
    var header = message.variableHeader();
    boolean quality1 = fixed.qosLevel() == MqttQoS.AT_LEAST_ONCE;
    if (fixed.qosLevel() == MqttQoS.EXACTLY_ONCE) {
      session.close(Disconnect.QOS_NOT_SUPPORTED, "QoS 0 and 1 only", "qos2");
    } else if (fixed.isRetain()) {
      session.close(Disconnect.RETAIN_NOT_SUPPORTED, "nothing is retained", "retain");
    } else if (version5 && header.properties().getProperty(MqttProperties.TOPIC_ALIAS) != null) {
      session.close(Disconnect.TOPIC_ALIAS_INVALID, "topic aliases are not offered", "alias");
    } else if (quality1 && !session.roomForOne()) {
      session.close(Disconnect.RECEIVE_MAXIMUM_EXCEEDED, "", "receive-maximum");
    } else {
      session.publish(new Publication(session, submission(message, quality1)));
    }
  }

  private Submission submission(MqttPublishMessage message, boolean quality1) {
    var header = message.variableHeader();
    boolean plain = !version5 || header.properties().isEmpty();
    return new Submission(
        header.topicName(),
        MqttSession.copy(message.payload()),
        message.fixedHeader().isDup(),
        quality1 ? header.packetId() : Submission.NO_PACKET,
        plain ? OptionalLong.empty() : userNumber(header.properties(), "seq"),
        plain ? OptionalLong.empty() : userNumber(header.properties(), "sent"));
  }

  /** A negative number stands for a malformed one: admission refuses it. */
  private static OptionalLong userNumber(MqttProperties properties, String name) {
    OptionalLong found = OptionalLong.empty();
    for (MqttProperties.MqttProperty<?> property :
        properties.getProperties(MqttProperties.USER_PROPERTY)) {
      if (property.value() instanceof MqttProperties.StringPair pair && pair.key.equals(name)) {
        found = OptionalLong.of(found.isPresent() ? -1 : number(pair.value));
      }
    }
    return found;
  }

  // Digits only, below 2^53 and written in one way: what every parser of JSON reads to the same.
  private static long number(String text) {
    int length = text.length();
    if (length == 0 || length > NUMBER_CHARS_MAX || (length > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < length; i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') {
        return -1;
      }
      number = number * 10 + (digit - '0');
    }
    return number < NUMBER_END ? number : -1;
  }

  // SUBSCRIBE, UNSUBSCRIBE: accepted for the device's own commands, which come with a later issue.

  private void subscribe(ChannelHandlerContext ctx, MqttSubscribeMessage message) {
    String prefix = session.context().topicPrefix();
    var codes = new ArrayList<Integer>();
    for (MqttTopicSubscription wanted : message.payload().topicSubscriptions()) {
      if (MqttFilters.ownCommands(wanted.topicFilter(), prefix)) {
        codes.add(Math.min(wanted.qualityOfService().value(), 1));
      } else {
        shared.parts().counters().count("mqtt.refused", "subscribe");
        codes.add(version5 ? SubAck.NOT_AUTHORIZED.byteValue() & 0xff : REFUSED_311);
      }
    }
    ctx.writeAndFlush(
        MqttPackets.suback(message.variableHeader().messageId(), codes), ctx.voidPromise());
  }

  private void unsubscribe(ChannelHandlerContext ctx, MqttUnsubscribeMessage message) {
    String prefix = session.context().topicPrefix();
    List<Short> codes =
        message.payload().topics().stream()
            .map(
                filter ->
                    MqttFilters.ownCommands(filter, prefix) ? (short) 0 : NO_SUBSCRIPTION_EXISTED)
            .toList();
    ctx.writeAndFlush(
        MqttPackets.unsuback(message.variableHeader().messageId(), codes), ctx.voidPromise());
  }

  // The channel

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    session.writable(ctx.channel().isWritable());
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.log(System.Logger.Level.WARNING, "mqtt.failed why={0}", FailureText.of(cause));
    }
    session.close(Disconnect.UNSPECIFIED_ERROR, "", "broken");
  }
}
