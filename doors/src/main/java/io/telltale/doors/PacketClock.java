package io.telltale.doors;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Notes when bytes come in, before they make a packet: a packet must not take for ever. */
final class PacketClock extends ChannelInboundHandlerAdapter {
  private final MqttSession session;

  PacketClock(MqttSession session) {
    this.session = session;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    session.bytesArrived();
    ctx.fireChannelRead(read);
  }
}
