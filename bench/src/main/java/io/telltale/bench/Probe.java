package io.telltale.bench;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import java.util.concurrent.CompletableFuture;

/** A device that publishes when it is told to. */
final class Probe extends Greeter {
  private final LoadClient client;
  private final BenchPayload payload = new BenchPayload();
  final CompletableFuture<ChannelHandlerContext> ready = new CompletableFuture<>();
  private int packet;

  Probe(LoadClient client) {
    super(client.id());
    this.client = client;
  }

  /** The sequence number of what was published. */
  long publish() {
    byte[] message = payload.next();
    packet = packet == 0xFFFF ? 1 : packet + 1;
    ChannelHandlerContext context = ready.join();
    context.writeAndFlush(
        new MqttPublishMessage(
            new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.AT_LEAST_ONCE, false, 0),
            new MqttPublishVariableHeader(client.topic(), packet),
            Unpooled.wrappedBuffer(message)));
    return payload.sequence();
  }

  @Override
  void connected(ChannelHandlerContext ctx) {
    ready.complete(ctx);
  }

  @Override
  void failed() {
    ready.completeExceptionally(new IllegalStateException("the probe could not connect"));
  }

  @Override
  void received(MqttMessage message) {}
}
