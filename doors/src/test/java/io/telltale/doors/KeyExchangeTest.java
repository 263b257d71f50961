package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.telltale.fakes.TestCa;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which key exchanges the door takes part in: hybrid post-quantum, and classical beside it. */
class KeyExchangeTest {
  private static final byte CONNACK = 0x20;
  private static final Plant PLANT = new Plant();
  private static final EventLoopGroup LOOP =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  @AfterAll
  static void close() {
    LOOP.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    PLANT.close();
  }

  // A client that can do nothing but the hybrid gets in, so the door really speaks it.
  @ParameterizedTest
  @CsvSource({"X25519MLKEM768, true", "X25519, true", "P-256, true", "P-384, false"})
  void takes_a_client_that_knows_only(String group, boolean taken) throws Exception {
    assumeTrue(OpenSsl.isAvailable(), "only BoringSSL has the hybrid");
    assertThat(getsIn(group)).isEqualTo(taken);
  }

  private static boolean getsIn(String group) throws Exception {
    TestCa.Credential credential = PLANT.device("press-" + group);
    SslContext tls =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL)
            .keyManager(credential.key(), credential.chain().toArray(X509Certificate[]::new))
            .trustManager(PLANT.ca.certificate)
            .endpointIdentificationAlgorithm("")
            .option(OpenSslContextOption.GROUPS, new String[] {group})
            .protocols("TLSv1.3")
            .build();
    var first = new CompletableFuture<Boolean>();
    new Bootstrap()
        .group(LOOP)
        .channel(NioSocketChannel.class)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(tls.newHandler(channel.alloc()), new Hello(first));
              }
            })
        .connect("127.0.0.1", PLANT.door.port());
    return first.get(20, TimeUnit.SECONDS);
  }

  /** Says CONNECT and tells whether CONNACK came. */
  private static final class Hello extends SimpleChannelInboundHandler<ByteBuf> {
    private final CompletableFuture<Boolean> first;

    Hello(CompletableFuture<Boolean> first) {
      this.first = first;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(RawDevice.connect(5, 60)));
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf answer) {
      first.complete(answer.getByte(answer.readerIndex()) == CONNACK);
      ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      first.complete(false);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
