package io.telltale.device;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.handler.timeout.IdleStateEvent;
import io.telltale.crypto.x509.ForeignChainException;
import io.telltale.kernel.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One MQTT 5 session over TLS 1.3 with the device's certificate. Publishes at QoS 1; answers come
 * as futures completed on the connection's event loop.
 */
public final class MqttConnection {
  private static final int REASON_STRING = 0x1F;
  private static final int RECEIVE_MAXIMUM = 0x21;
  private static final int IN_FLIGHT_DEFAULT = 65_535;

  private final Channel channel;
  private final CompletableFuture<String> closed = new CompletableFuture<>();
  private final Map<Integer, CompletableFuture<Delivery>> waiting = new HashMap<>();
  private int nextPacketId = 1;
  private volatile int inFlightMax = IN_FLIGHT_DEFAULT;
  private @Nullable String serverSaid;

  MqttConnection(Channel channel) {
    this.channel = channel;
  }

  /** How many unanswered publishes the server takes at once (Receive Maximum). */
  public int inFlightMax() {
    return inFlightMax;
  }

  /** Completes with why, when the session ends from either side. */
  public CompletableFuture<String> closed() {
    return closed;
  }

  public boolean isOpen() {
    return channel.isActive();
  }

  /** Sends {@code payload} at QoS 1; {@code dup} when it was sent before on another session. */
  public CompletableFuture<Delivery> publish(String topic, Bytes payload, boolean dup) {
    var answer = new CompletableFuture<Delivery>();
    channel.eventLoop().execute(() -> send(topic, payload, dup, answer));
    return answer;
  }

  private void send(String topic, Bytes payload, boolean dup, CompletableFuture<Delivery> answer) {
    if (!channel.isActive()) {
      answer.complete(new Delivery.Unanswered("not connected"));
      return;
    }
    int packetId = freePacketId();
    waiting.put(packetId, answer);
    var header = new MqttFixedHeader(MqttMessageType.PUBLISH, dup, MqttQoS.AT_LEAST_ONCE, false, 0);
    var variable = new MqttPublishVariableHeader(topic, packetId);
    channel.writeAndFlush(
        new MqttPublishMessage(header, variable, Unpooled.wrappedBuffer(payload.borrow())));
  }

  private int freePacketId() {
    do {
      nextPacketId = nextPacketId == 0xFFFF ? 1 : nextPacketId + 1;
    } while (waiting.containsKey(nextPacketId));
    return nextPacketId;
  }

  /** Says goodbye and closes. */
  public void close() {
    channel
        .eventLoop()
        .execute(
            () -> {
              channel.writeAndFlush(MqttMessageBuilders.disconnect().reasonCode((byte) 0).build());
              channel.close();
            });
  }

  /** The channel's last handler: CONNECT once TLS is up, then answers. */
  final class Session extends SimpleChannelInboundHandler<MqttMessage> {
    private final String clientId;
    private final int keepAliveSeconds;
    private final CompletableFuture<Connected> outcome;
    private boolean isForeign;

    Session(String clientId, int keepAliveSeconds, CompletableFuture<Connected> outcome) {
      this.clientId = clientId;
      this.keepAliveSeconds = keepAliveSeconds;
      this.outcome = outcome;
    }

    void start() {
      channel.writeAndFlush(
          MqttMessageBuilders.connect()
              .protocolVersion(MqttVersion.MQTT_5)
              .clientId(clientId)
              .cleanSession(true)
              .keepAlive(keepAliveSeconds)
              .build());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, MqttMessage message) {
      if (message.decoderResult().isFailure()) {
        serverSaid = "an answer that is not MQTT";
        context.close();
        return;
      }
      switch (message.fixedHeader().messageType()) {
        case CONNACK -> connected((MqttConnAckMessage) message);
        case PUBACK -> answered(message);
        case DISCONNECT -> serverSaid = disconnectReason(message);
        default -> {
          // PINGRESP and anything we did not ask for.
        }
      }
    }

    private void connected(MqttConnAckMessage message) {
      MqttConnectReturnCode code = message.variableHeader().connectReturnCode();
      MqttProperties properties = message.variableHeader().properties();
      if (code != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
        outcome.complete(new Connected.Refused(code.byteValue() & 0xFF, reason(properties)));
        channel.close();
        return;
      }
      if (properties.getProperty(RECEIVE_MAXIMUM) instanceof MqttProperties.IntegerProperty max) {
        inFlightMax = max.value();
      }
      outcome.complete(new Connected.Ready(MqttConnection.this));
    }

    private void answered(MqttMessage message) {
      if (!(message.variableHeader() instanceof MqttMessageIdVariableHeader id)) {
        return;
      }
      CompletableFuture<Delivery> answer = waiting.remove(id.messageId());
      if (answer == null) {
        return;
      }
      int code = 0;
      String reason = "";
      if (id instanceof MqttPubReplyMessageVariableHeader reply) {
        code = reply.reasonCode() & 0xFF;
        reason = reason(reply.properties());
      }
      answer.complete(delivery(code, reason));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
      if (event instanceof IdleStateEvent) {
        context.writeAndFlush(MqttMessage.PINGREQ);
      }
      super.userEventTriggered(context, event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
      ended(serverSaid == null ? "the server closed the connection" : serverSaid);
      super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (serverSaid == null) {
        serverSaid = TlsAlerts.describe(cause);
        isForeign = ForeignChainException.isCauseOf(cause);
      }
      context.close();
    }

    private void ended(String why) {
      outcome.complete(isForeign ? new Connected.Foreign(why) : new Connected.Failed(why));
      waiting.values().forEach(answer -> answer.complete(new Delivery.Unanswered(why)));
      waiting.clear();
      closed.complete(why);
    }
  }

  // MQTT 5 section 3.4.2.1: 0x00 and 0x10 are success, 0x80 says that the server cannot now, 0x97
  // that it is too much at once; all others are about the message, which will not get better.
  private static Delivery delivery(int code, String reason) {
    return switch (code) {
      case 0x00, 0x10 -> new Delivery.Acknowledged();
      case 0x80, 0x97 -> new Delivery.TryLater(code, reason);
      default -> new Delivery.Refused(code, reason);
    };
  }

  private static String disconnectReason(MqttMessage message) {
    if (message.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
      return "server disconnected, code 0x%02x %s"
          .formatted(header.reasonCode() & 0xFF, reason(header.properties()))
          .strip();
    }
    return "server disconnected";
  }

  private static String reason(@Nullable MqttProperties properties) {
    return properties != null
            && properties.getProperty(REASON_STRING) instanceof MqttProperties.StringProperty text
        ? text.value()
        : "";
  }
}
