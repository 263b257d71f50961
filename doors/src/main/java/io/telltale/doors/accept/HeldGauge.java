package io.telltale.doors.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/** Stands first in a connection's pipeline: after each read it adds up what the others keep. */
public final class HeldGauge extends ChannelInboundHandlerAdapter {
  private final HeldBytes.Holder holder;
  private final RecordTally records = new RecordTally();
  private @Nullable Holding protocol;

  HeldGauge(HeldBytes.Holder holder) {
    this.holder = holder;
  }

  /** From now on what {@code protocol} keeps counts, too; its gauge, to be told of changes. */
  public static HeldGauge add(Channel channel, Holding protocol) {
    HeldGauge gauge = channel.pipeline().get(HeldGauge.class);
    gauge.protocol = protocol;
    return gauge;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    records.follow((ByteBuf) read);
    ctx.fireChannelRead(read);
    look();
  }

  /** To be called where what is kept changes outside a read. */
  public void look() {
    Holding also = protocol;
    holder.set((long) records.heldBytes() + (also == null ? 0 : also.heldBytes()));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ctx.fireChannelInactive();
    holder.end();
  }
}
