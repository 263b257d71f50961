package io.telltale.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The floor under any door on this stack: Netty, BoringSSL and an MQTT decoder that acknowledge at
 * once what they read, in a process of their own. It checks, seals and stores nothing.
 */
final class BareLoop {
  private static final byte[] CONNACK_5 = {0x20, 3, 0, 0, 0};

  private BareLoop() {}

  static Broker start(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    var authority = new BenchAuthority();
    BenchAuthority.Issued server = authority.server();
    BenchFiles.write(folder, server);
    Path console = folder.resolve("console.log");
    Process process =
        StartedBroker.process(
            Jdk.java(List.of("-Xmx256m"), BareLoop.class, folder.toString()), console);
    Path portFile = folder.resolve("port");
    for (int look = 0; look < 400 && !Files.exists(portFile); look++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    if (!Files.exists(portFile)) {
      process.destroy();
      throw new IOException(Files.readString(console));
    }
    int port = Integer.parseInt(Files.readString(portFile));
    return new StartedBroker("bare loop", process, port, authority);
  }

  /** The other process. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    SslContext tls = tls(folder);
    var loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Channel channel =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 4_096)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel accepted) {
                    accepted
                        .pipeline()
                        .addLast(
                            tls.newHandler(accepted.alloc()),
                            new MqttDecoder(1 << 20),
                            new Acknowledge());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
    int port = ((InetSocketAddress) channel.localAddress()).getPort();
    Path draft = Files.writeString(folder.resolve("port.new"), Integer.toString(port));
    Files.move(draft, folder.resolve("port"));
    channel.closeFuture().awaitUninterruptibly();
  }

  private static SslContext tls(Path folder) throws IOException {
    PrivateKey key = BenchFiles.key(folder);
    return SslContextBuilder.forServer(
            key, BenchFiles.chain(folder).toArray(X509Certificate[]::new))
        .sslProvider(SslProvider.OPENSSL)
        .clientAuth(ClientAuth.REQUIRE)
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .option(OpenSslContextOption.GROUPS, new String[] {LoadClient.CLASSICAL})
        .protocols("TLSv1.3")
        .build();
  }

  /** Acknowledges a whole read pass with one write. */
  private static final class Acknowledge extends ChannelInboundHandlerAdapter {
    private ByteBuf acks = io.netty.buffer.Unpooled.EMPTY_BUFFER;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
      if (!acks.isWritable()) {
        acks = ctx.alloc().buffer(64);
      }
      if (read instanceof MqttPublishMessage publish) {
        acks.writeByte(0x40).writeByte(2).writeShort(publish.variableHeader().packetId());
      } else if (read instanceof MqttMessage message
          && message.fixedHeader().messageType() == MqttMessageType.CONNECT) {
        acks.writeBytes(CONNACK_5);
      }
      ReferenceCountUtil.release(read);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (acks.isReadable()) {
        ByteBuf written = acks;
        acks = io.netty.buffer.Unpooled.EMPTY_BUFFER;
        ctx.writeAndFlush(written, ctx.voidPromise());
      }
    }
  }
}
