package io.telltale.device;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnAckVariableHeader;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** An MQTT 5 server over TLS that answers each publish as the test says. */
final class ScriptedBroker implements AutoCloseable {
  /** What to do with a publish. */
  sealed interface Answer {
    record Code(int reason, String text) implements Answer {
      Code(int reason) {
        this(reason, "");
      }
    }

    record Silence() implements Answer {}

    record HangUp() implements Answer {}

    /** DISCONNECT with a reason code, then closed. */
    record Disconnect(int reason) implements Answer {}
  }

  /** What arrived. */
  record Arrived(String topic, String payload, boolean dup) {}

  final List<Arrived> arrived = new CopyOnWriteArrayList<>();
  volatile Function<Arrived, Answer> script = one -> new Answer.Code(0);
  volatile int connectCode;
  volatile boolean mute;
  final BlockingQueue<Boolean> closed = new LinkedBlockingQueue<>();
  volatile int receiveMaximum = 100;
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;

  ScriptedBroker(TlsMaterial own, List<X509Certificate> clientRoots) throws Exception {
    SslContext tls =
        SslContextBuilder.forServer(own.key(), own.chain().toArray(X509Certificate[]::new))
            .protocols("TLSv1.3")
            .clientAuth(ClientAuth.REQUIRE)
            .trustManager(clientRoots)
            .build();
    listener =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(tls.newHandler(channel.alloc()))
                        .addLast(new MqttDecoder(1 << 20), MqttEncoder.INSTANCE, new Session());
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  private final class Session extends SimpleChannelInboundHandler<MqttMessage> {
    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
      closed.add(true);
      super.channelInactive(context);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, MqttMessage message) {
      switch (message.fixedHeader().messageType()) {
        case CONNECT -> {
          if (!mute) {
            context.writeAndFlush(connack());
          }
        }
        case PUBLISH -> published(context, (MqttPublishMessage) message);
        default -> {
          // Pings and farewells.
        }
      }
    }

    private MqttConnAckMessage connack() {
      var properties = new MqttProperties();
      properties.add(new MqttProperties.IntegerProperty(0x21, receiveMaximum));
      return new MqttConnAckMessage(
          new MqttFixedHeader(MqttMessageType.CONNACK, false, MqttQoS.AT_MOST_ONCE, false, 0),
          new MqttConnAckVariableHeader(
              MqttConnectReturnCode.valueOf((byte) connectCode), false, properties));
    }

    private void published(ChannelHandlerContext context, MqttPublishMessage message) {
      var one =
          new Arrived(
              message.variableHeader().topicName(),
              message.payload().toString(StandardCharsets.UTF_8),
              message.fixedHeader().isDup());
      arrived.add(one);
      switch (script.apply(one)) {
        case Answer.Code(int reason, String text) ->
            context.writeAndFlush(
                new MqttMessage(
                    new MqttFixedHeader(
                        MqttMessageType.PUBACK, false, MqttQoS.AT_MOST_ONCE, false, 0),
                    new MqttPubReplyMessageVariableHeader(
                        message.variableHeader().packetId(), (byte) reason, reasonString(text))));
        case Answer.Silence _ -> {
          // The test waits for what the client does then.
        }
        case Answer.HangUp _ -> context.close();
        case Answer.Disconnect(int reason) -> {
          context.writeAndFlush(MqttMessageBuilders.disconnect().reasonCode((byte) reason).build());
          context.close();
        }
      }
    }
  }

  private static MqttProperties reasonString(String text) {
    var properties = new MqttProperties();
    if (!text.isEmpty()) {
      properties.add(new MqttProperties.StringProperty(0x1F, text));
    }
    return properties;
  }

  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
