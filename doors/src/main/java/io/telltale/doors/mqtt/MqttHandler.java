package io.telltale.doors.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.netty.handler.codec.mqtt.MqttReasonCodes.SubAck;
import io.netty.util.ReferenceCountUtil;
import io.telltale.doors.LastRefusals;
import io.telltale.doors.accept.FailureText;
import io.telltale.doors.packet.MqttClient;
import io.telltale.doors.packet.MqttConnect;
import io.telltale.doors.packet.MqttFilters;
import io.telltale.doors.packet.MqttPacket;
import io.telltale.doors.packet.MqttPackets;
import io.telltale.doors.session.DeviceLink;
import io.telltale.doors.session.Publication;
import io.telltale.doors.session.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Speaks MQTT 3.1.1 and 5 with one device: packets in, answers out; decides nothing by itself. */
public final class MqttHandler extends ChannelInboundHandlerAdapter {
  private static final System.Logger LOG = System.getLogger(MqttHandler.class.getName());
  private static final byte REFUSED_311 = (byte) 0x80;
  private static final byte NO_SUBSCRIPTION_EXISTED = 0x11;
  private static final LastRefusals.Reason TOO_MANY_AT_ONCE =
      new LastRefusals.Reason(
          "session", "receive-maximum", "more unanswered messages than the Receive Maximum");
  private static final LastRefusals.Reason NOT_OWN_COMMANDS =
      new LastRefusals.Reason(
          "subscribe", "not-own-commands", "a device subscribes to its own commands only");

  private final DeviceLink link;
  private final MqttWire wire;
  private final LastWill will;
  private final MqttShared shared;

  public MqttHandler(DeviceLink link, MqttWire wire, LastWill will, MqttShared shared) {
    this.link = link;
    this.wire = wire;
    this.will = will;
    this.shared = shared;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    if (!(read instanceof MqttPacket packet)) {
      ReferenceCountUtil.release(read);
      return;
    }
    if (packet instanceof MqttPacket.Goodbye goodbye && goodbye.well()) {
      will.withdraw();
    }
    if (link.isDeaf()) {
      return;
    }
    switch (packet) {
      case MqttPacket.Publish publish -> publish(publish);
      case MqttPacket.Ping _ -> send(ctx, MqttPackets.pingresp(ctx.alloc()));
      case MqttPacket.Connect connect -> connect(ctx, connect);
      case MqttPacket.OtherVersion _ ->
          refuse(ctx, MqttClient.VERSION_311, MqttConnect.OTHER_VERSION);
      case MqttPacket.Subscribe subscribe -> subscribe(ctx, subscribe);
      case MqttPacket.Unsubscribe unsubscribe -> unsubscribe(ctx, unsubscribe);
      case MqttPacket.Goodbye _ -> link.leave();
      case MqttPacket.Broken broken -> broken(ctx, broken);
    }
  }

  private static void send(ChannelHandlerContext ctx, ByteBuf packet) {
    ctx.writeAndFlush(packet, ctx.voidPromise());
  }

  // CONNECT

  private void connect(ChannelHandlerContext ctx, MqttPacket.Connect connect) {
    String device = link.context().device().name();
    switch (MqttConnect.judge(connect, device, shared.limits().keepAliveMax())) {
      case MqttConnect.Refused refused -> refuse(ctx, connect.client(), refused);
      case MqttConnect.Accepted accepted -> accept(ctx, connect, accepted);
    }
  }

  private void accept(
      ChannelHandlerContext ctx, MqttPacket.Connect connect, MqttConnect.Accepted accepted) {
    MqttClient client = connect.client();
    ByteBuf connack = connack(ctx, client, accepted);
    if (connack.readableBytes() > client.packetBytesMax()) {
      connack.release();
      refuse(ctx, client, MqttConnect.NO_ROOM);
      return;
    }
    wire.greeted(client);
    link.open(silence(accepted.keepAliveSeconds()));
    MqttPacket.Will left = connect.will();
    if (left != null) {
      will.leave(left.message());
    }
    shared.links().parts().counters().count("sessions.opened", MqttWire.protocol(client));
    send(ctx, connack);
  }

  // One and a half times what was agreed on (MQTT 5 section 3.1.2.10).
  private Duration silence(int keepAliveSeconds) {
    return keepAliveSeconds == 0
        ? shared.limits().keepAliveMax()
        : Duration.ofMillis(keepAliveSeconds * 1_500L);
  }

  private ByteBuf connack(
      ChannelHandlerContext ctx, MqttClient client, MqttConnect.Accepted accepted) {
    if (!client.version5()) {
      return MqttPackets.connack(ctx.alloc(), MqttConnectReturnCode.CONNECTION_ACCEPTED);
    }
    return MqttPackets.accepted(
        ctx.alloc(),
        new MqttPackets.Terms(
            accepted.assignedClientId(),
            accepted.overruled() ? accepted.keepAliveSeconds() : 0,
            shared.limits()));
  }

  private void refuse(ChannelHandlerContext ctx, MqttClient client, MqttConnect.Refused refused) {
    refused(client, new LastRefusals.Reason("connect", refused.cause(), refused.text()));
    if (client.version5()) {
      sayNo(ctx, client, refused.code().byteValue(), refused.text());
    } else {
      send(ctx, MqttPackets.connack(ctx.alloc(), refused.code()));
    }
    link.close(Wire.Ours.OPENING_REFUSED);
  }

  /** Says nothing to who takes no packet as small as this. */
  private static void sayNo(ChannelHandlerContext ctx, MqttClient client, int code, String text) {
    ByteBuf connack = MqttPackets.refused(ctx.alloc(), code, text, client);
    if (connack.readableBytes() <= client.packetBytesMax()) {
      send(ctx, connack);
    } else {
      connack.release();
    }
  }

  private void broken(ChannelHandlerContext ctx, MqttPacket.Broken broken) {
    if (link.isOpen()) {
      refused(wire.client(), because("session", broken));
    } else if (broken.version5()) {
      var unknown = new MqttClient(true, Integer.MAX_VALUE, true);
      refused(unknown, because("connect", broken));
      sayNo(ctx, unknown, broken.code().byteValue(), broken.text());
    } else {
      refused(MqttClient.VERSION_311, because("connect", broken));
    }
    link.end(MqttWire.broken(broken.code(), broken.text(), broken.cause()));
  }

  private static LastRefusals.Reason because(String about, MqttPacket.Broken broken) {
    return new LastRefusals.Reason(about, broken.cause(), broken.text());
  }

  private void refused(MqttClient peer, LastRefusals.Reason reason) {
    shared.links().parts().counters().count("mqtt.refused", reason.why());
    link.refused(MqttWire.protocol(peer), reason);
  }

  // PUBLISH

  private void publish(MqttPacket.Publish publish) {
    if (publish.quality1() && !link.roomForOne()) {
      link.owes(publish.submission().bytes());
      refused(wire.client(), TOO_MANY_AT_ONCE);
      link.end(MqttWire.broken(Disconnect.RECEIVE_MAXIMUM_EXCEEDED, "", "receive-maximum"));
    } else {
      link.publish(new Publication(link, publish.submission()));
    }
  }

  // SUBSCRIBE, UNSUBSCRIBE: accepted for the device's own commands, which come with a later issue.

  private void subscribe(ChannelHandlerContext ctx, MqttPacket.Subscribe subscribe) {
    List<MqttPacket.Wish> wishes = subscribe.wishes();
    byte[] codes = new byte[wishes.size()];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = answer(wishes.get(i));
    }
    sendOrEnd(ctx, MqttPackets.suback(ctx.alloc(), subscribe.packet(), codes, wire.client()));
  }

  private byte answer(MqttPacket.Wish wish) {
    if (MqttFilters.ownCommands(wish.filter(), link.context().topicPrefix())) {
      return (byte) Math.min(wish.quality(), 1);
    }
    refused(wire.client(), NOT_OWN_COMMANDS);
    return wire.client().version5() ? SubAck.NOT_AUTHORIZED.byteValue() : REFUSED_311;
  }

  private void unsubscribe(ChannelHandlerContext ctx, MqttPacket.Unsubscribe unsubscribe) {
    String prefix = link.context().topicPrefix();
    List<String> filters = unsubscribe.filters();
    byte[] codes = new byte[filters.size()];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = MqttFilters.ownCommands(filters.get(i), prefix) ? 0 : NO_SUBSCRIPTION_EXISTED;
    }
    sendOrEnd(ctx, MqttPackets.unsuback(ctx.alloc(), unsubscribe.packet(), codes, wire.client()));
  }

  // A client that asked for more than it can be told about cannot be answered at all.
  private void sendOrEnd(ChannelHandlerContext ctx, ByteBuf answer) {
    if (answer.readableBytes() <= wire.client().packetBytesMax()) {
      send(ctx, answer);
    } else {
      answer.release();
      link.end(
          MqttWire.broken(
              Disconnect.PACKET_TOO_LARGE,
              "the answer exceeds your maximum packet size",
              "packet-size"));
    }
  }

  // The channel

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    link.writable(ctx.channel().isWritable());
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    will.speak();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.log(System.Logger.Level.WARNING, "mqtt.failed why={0}", FailureText.of(cause));
    }
    link.close(Wire.Ours.FAILED);
  }
}
