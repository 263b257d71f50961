package io.telltale.doors.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.telltale.doors.accept.Holding;
import io.telltale.doors.packet.MqttPacket;
import io.telltale.doors.packet.MqttParser;
import io.telltale.doors.packet.MqttType;
import io.telltale.doors.session.DeviceLink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of a connection into packets and has each read once it is whole. What its first
 * bytes show to be too large or no packet ends the session at once, before the rest is waited for.
 */
public final class MqttFramer extends ByteToMessageDecoder implements Holding {
  /** Of a whole CONNECT; until one was accepted nothing larger is taken in. */
  static final int CONNECT_BYTES_MAX = 4_096;

  private static final int LENGTH_BYTES_MAX = 4;
  private static final int UNKNOWN = -1;

  private final DeviceLink link;
  private final MqttParser parser = new MqttParser();
  private final int packetBytesMax;
  // Of the packet that is coming in.
  private int first = UNKNOWN;
  private int headBytes;
  private int packetBytes;
  private boolean shortest;
  private boolean isBroken;

  public MqttFramer(DeviceLink link, int packetBytesMax) {
    this.link = link;
    this.packetBytesMax = packetBytesMax;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    link.onReadAgain(() -> readAgain(ctx));
  }

  private void readAgain(ChannelHandlerContext ctx) {
    try {
      channelRead(ctx, Unpooled.EMPTY_BUFFER);
    } catch (Exception e) {
      ctx.fireExceptionCaught(e);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    boolean gone = !ctx.channel().isActive();
    if (isBroken || (link.isDeaf() && !gone)) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (link.isThrottled() || gone) {
      // Nor is what has come already: its sender is in debt.
      return;
    }
    MqttPacket.Broken broken = headBytes == 0 ? head(in) : null;
    if (broken != null) {
      isBroken = true;
      link.owes(in.readableBytes());
      in.skipBytes(in.readableBytes());
      out.add(broken);
    } else if (headBytes == 0 || in.readableBytes() < packetBytes) {
      // Nothing of it is read before its last byte has come: bytes that drip in cost no more.
      link.bytesArrived();
    } else {
      link.unitArrived();
      out.add(packet(in));
    }
  }

  /** Of what its sender's debt has kept from being read only the goodbye is, if it is in there. */
  @Override
  protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    while (!isBroken
        && (headBytes > 0 || (in.isReadable() && head(in) == null && headBytes > 0))
        && in.readableBytes() >= packetBytes) {
      if (MqttType.of(first) == MqttType.DISCONNECT) {
        out.add(packet(in));
      } else {
        in.skipBytes(packetBytes);
        begin();
      }
    }
    in.skipBytes(in.readableBytes());
  }

  private void begin() {
    first = UNKNOWN;
    headBytes = 0;
  }

  private MqttPacket packet(ByteBuf in) {
    int at = in.readerIndex();
    in.skipBytes(packetBytes);
    MqttPacket packet = parser.read(first, shortest, in, at + headBytes, at + packetBytes);
    isBroken = packet instanceof MqttPacket.Broken;
    if (!(packet instanceof MqttPacket.Publish)) {
      // A publication is charged where it is submitted.
      link.owes(packetBytes);
    }
    begin();
    return packet;
  }

  @Override
  public int heldBytes() {
    return internalBuffer().capacity();
  }

  /** Looks at what has come of the first byte and the length (section 2.1). */
  private MqttPacket.@Nullable Broken head(ByteBuf in) {
    int at = in.readerIndex();
    if (first == UNKNOWN) {
      first = in.getUnsignedByte(at);
      MqttPacket.Broken broken = parser.beginning(first);
      if (broken != null) {
        return broken;
      }
    }
    int here = Math.min(in.readableBytes() - 1, LENGTH_BYTES_MAX);
    int length = 0;
    for (int i = 1; i <= here; i++) {
      int next = in.getUnsignedByte(at + i);
      length |= (next & 0x7f) << (7 * (i - 1));
      if ((next & 0x80) == 0) {
        headBytes = 1 + i;
        packetBytes = headBytes + length;
        shortest = i == 1 || next != 0;
        return packetBytes > bytesMax() ? tooLarge() : null;
      }
    }
    return here == LENGTH_BYTES_MAX
        ? parser.broken(Disconnect.MALFORMED_PACKET, "", "malformed")
        : null;
  }

  private int bytesMax() {
    return parser.isGreeted() ? packetBytesMax : CONNECT_BYTES_MAX;
  }

  private MqttPacket.Broken tooLarge() {
    return parser.broken(Disconnect.PACKET_TOO_LARGE, "the packet is too large", "too-large");
  }
}
