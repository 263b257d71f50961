package io.telltale.device;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** Opens MQTT sessions; many connections share its few event loops. */
public final class MqttConnector implements AutoCloseable {
  private static final int PACKET_BYTES_MAX = 300 * 1024;
  private static final int KEEP_ALIVE_SECONDS = 60;
  private static final Duration CONNECT_MAX = Duration.ofSeconds(10);

  private final EventLoopGroup loops;
  private final Duration answerMax;
  private final Class<? extends Channel> channelType;

  /** Shares {@code threads} event loops among all its connections. */
  public MqttConnector(int threads) {
    this(threads, CONNECT_MAX.plusSeconds(1));
  }

  /** {@code answerMax} from asking for a connection until the server lets a session in. */
  MqttConnector(int threads, Duration answerMax) {
    this.answerMax = answerMax;
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    this.loops = new MultiThreadIoEventLoopGroup(threads, io);
    this.channelType = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  /**
   * The TLS context of one device, to be kept and used for all its connections; the server's
   * certificate must be valid by {@code clock}.
   */
  public static SslContext tls(TlsMaterial material, InstantSource clock) {
    try {
      return SslContextBuilder.forClient()
          .keyManager(material.key(), material.chain().toArray(X509Certificate[]::new))
          .trustManager(
              new ServerTrust(material.trust(), material.serverId(), Optional.empty(), clock))
          .endpointIdentificationAlgorithm("")
          .protocols("TLSv1.3")
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("a device's own key and certificate do not fit", e);
    }
  }

  /** Never fails exceptionally; completes within about 10 s. */
  public CompletableFuture<Connected> connect(
      InetSocketAddress server, SslContext tls, String clientId) {
    if (loops.isShuttingDown()) {
      return CompletableFuture.completedFuture(new Connected.Failed("closed"));
    }
    var outcome = new CompletableFuture<Connected>();
    ChannelFuture opening =
        new Bootstrap()
            .group(loops)
            .channel(channelType)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_MAX.toMillis())
            .handler(new Pipeline(server, tls, clientId, outcome))
            .connect(server);
    opening.addListener(
        done -> {
          if (!done.isSuccess()) {
            outcome.complete(new Connected.Failed(why(server, done.cause())));
          }
        });
    // Who is never answered leaves no connection behind, which nobody would close.
    return outcome
        .completeOnTimeout(
            new Connected.Failed("no answer in " + answerMax.toSeconds() + " s"),
            answerMax.toMillis(),
            TimeUnit.MILLISECONDS)
        .whenComplete(
            (how, _) -> {
              if (!(how instanceof Connected.Ready)) {
                opening.channel().close();
              }
            });
  }

  /** For people: Netty's own texts name calls of the system. */
  private static String why(InetSocketAddress server, Throwable cause) {
    String text = String.valueOf(cause.getMessage());
    String why =
        switch (cause) {
          case ConnectTimeoutException _ -> "no answer in " + CONNECT_MAX.toSeconds() + " s";
          case UnknownHostException _, UnresolvedAddressException _ -> "no such host";
          case NoRouteToHostException _ -> "no way there from here";
          case ConnectException _ when text.contains("refused") -> "nobody listens there";
          default -> TlsAlerts.describe(cause);
        };
    return "cannot connect to %s:%d: %s".formatted(server.getHostString(), server.getPort(), why);
  }

  private static final class Pipeline extends ChannelInitializer<Channel> {
    private final InetSocketAddress server;
    private final SslContext tls;
    private final String clientId;
    private final CompletableFuture<Connected> outcome;

    Pipeline(
        InetSocketAddress server,
        SslContext tls,
        String clientId,
        CompletableFuture<Connected> outcome) {
      this.server = server;
      this.tls = tls;
      this.clientId = clientId;
      this.outcome = outcome;
    }

    @Override
    protected void initChannel(Channel channel) {
      SslHandler handler =
          tls.newHandler(channel.alloc(), server.getHostString(), server.getPort());
      handler.setHandshakeTimeoutMillis(CONNECT_MAX.toMillis());
      var connection = new MqttConnection(channel);
      var session = connection.new Session(clientId, KEEP_ALIVE_SECONDS, outcome);
      channel
          .pipeline()
          .addLast(handler)
          .addLast(new MqttDecoder(PACKET_BYTES_MAX), MqttEncoder.INSTANCE)
          .addLast(new IdleStateHandler(0, KEEP_ALIVE_SECONDS / 2, 0))
          .addLast(session);
      handler
          .handshakeFuture()
          .addListener(
              done -> {
                if (done.isSuccess()) {
                  session.start();
                }
              });
    }
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
