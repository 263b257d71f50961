package io.telltale.bench;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/** Says CONNECT when TLS stands, and tells once whether the broker took it. */
abstract class Greeter extends SimpleChannelInboundHandler<MqttMessage> {
  private final String clientId;
  private boolean told;

  Greeter(String clientId) {
    this.clientId = clientId;
  }

  /** CONNACK with success has come. */
  abstract void connected(ChannelHandlerContext ctx);

  /** It never came, and the connection is closed. */
  abstract void failed();

  /** Anything after CONNACK. */
  abstract void received(MqttMessage message);

  @Override
  public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      ctx.writeAndFlush(Connector.hello(clientId), ctx.voidPromise());
    }
  }

  @Override
  protected final void channelRead0(ChannelHandlerContext ctx, MqttMessage message) {
    if (told) {
      received(message);
    } else if (message instanceof MqttConnAckMessage answer
        && answer.variableHeader().connectReturnCode()
            == MqttConnectReturnCode.CONNECTION_ACCEPTED) {
      told = true;
      connected(ctx);
    } else {
      ctx.close();
    }
  }

  // Also when the connection could not be opened at all.
  @Override
  public final void channelUnregistered(ChannelHandlerContext ctx) {
    if (!told) {
      told = true;
      failed();
    }
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
