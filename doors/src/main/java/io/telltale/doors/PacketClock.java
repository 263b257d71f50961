package io.telltale.doors;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Notes when bytes come in, before they make a packet: a packet must not take for ever. */
final class PacketClock extends ChannelInboundHandlerAdapter implements Holding {
  private final MqttSession session;
  private final PacketTally packets = new PacketTally();

  PacketClock(MqttSession session) {
    this.session = session;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    session.bytesArrived();
    if (read instanceof ByteBuf bytes) {
      packets.follow(bytes);
    }
    ctx.fireChannelRead(read);
  }

  @Override
  public int heldBytes() {
    return packets.heldBytes();
  }
}
