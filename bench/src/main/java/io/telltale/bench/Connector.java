package io.telltale.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** Opens the generator's connections, all on one event loop and from many loopback addresses. */
final class Connector implements AutoCloseable {
  private static final int PACKET_BYTES_MAX = 1 << 20;
  private static final int KEEP_ALIVE_SECONDS = 1_200;
  private static final int SOURCES = 200;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private int opened;

  /**
   * Connects from 127.0.0.2 to 127.0.0.201 in turn. {@code session} stands behind TLS and MQTT;
   * nobody's session is resumed, since no peer is named to the client's cache.
   */
  synchronized void open(InetSocketAddress server, SslContext tls, ChannelHandler session) {
    var source = new InetSocketAddress("127.0.0." + (2 + opened++ % SOURCES), 0);
    new Bootstrap()
        .group(loops)
        .channel(EpollSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_REUSEADDR, true)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                SslHandler handler = tls.newHandler(channel.alloc());
                handler.setHandshakeTimeoutMillis(30_000);
                channel
                    .pipeline()
                    .addLast(
                        handler, new MqttDecoder(PACKET_BYTES_MAX), MqttEncoder.INSTANCE, session);
              }
            })
        .connect(server, source);
  }

  static MqttMessage hello(String clientId) {
    return MqttMessageBuilders.connect()
        .protocolVersion(MqttVersion.MQTT_5)
        .clientId(clientId)
        .cleanSession(true)
        .keepAlive(KEEP_ALIVE_SECONDS)
        .build();
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
