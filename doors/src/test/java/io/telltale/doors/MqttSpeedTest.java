package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.util.ReferenceCountUtil;
import io.telltale.admission.Submission;
import io.telltale.doors.packet.MqttPacket;
import io.telltale.kernel.Bytes;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/**
 * What reading a PUBLISH costs, beside Netty's reader and the copy that admission needs of its
 * payload. The times are for a look; that no more is allocated than with Netty's is held.
 */
class MqttSpeedTest {
  private static final int MESSAGES = 40;
  private static final int ROUNDS = 4_000;

  @Test
  void reading_a_publish_allocates_no_more_than_netty_does() {
    try (var plant = new Plant();
        var door = new EmbeddedDoor(plant, plant.device("press"))) {
      var ours = door.channel();
      var oursEnd = new Sink();
      var nettyEnd = new Sink();
      ours.pipeline().addLast(oursEnd);
      var netty = new EmbeddedChannel(new MqttDecoder(1 << 20, 65_535), nettyEnd);
      for (EmbeddedChannel one : new EmbeddedChannel[] {ours, netty}) {
        one.writeInbound(Unpooled.copiedBuffer(RawDevice.connect(5, 60)));
      }
      ByteBuf messages = messages();
      Cost first = run(ours, messages);
      Cost second = run(netty, messages);
      first = first.least(run(ours, messages)).least(run(ours, messages));
      second = second.least(run(netty, messages)).least(run(netty, messages));
      System.out.printf(
          "a PUBLISH: %d ns and %d bytes allocated, with Netty's reader %d ns and %d bytes%n",
          first.nanos(), first.bytes(), second.nanos(), second.bytes());
      assertThat(oursEnd.topics).as("both read all").isPositive().isEqualTo(nettyEnd.topics);
      assertThat(first.bytes()).isLessThanOrEqualTo(second.bytes());
      netty.finishAndReleaseAll();
    }
  }

  private static ByteBuf messages() {
    var bytes = new ByteArrayOutputStream();
    for (int i = 1; i <= MESSAGES; i++) {
      bytes.writeBytes(
          RawDevice.publish(5, i, "t/default/d/press/telemetry", Plant.payload(i, 20)));
    }
    return Unpooled.directBuffer().writeBytes(bytes.toByteArray());
  }

  private record Cost(long nanos, long bytes) {
    Cost least(Cost other) {
      return new Cost(Math.min(nanos, other.nanos), Math.min(bytes, other.bytes));
    }
  }

  private static Cost run(EmbeddedChannel channel, ByteBuf messages) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = threads.getCurrentThreadAllocatedBytes();
    long nanos = System.nanoTime();
    for (int i = 0; i < ROUNDS; i++) {
      channel.writeInbound(messages.retainedDuplicate());
    }
    nanos = System.nanoTime() - nanos;
    bytes = threads.getCurrentThreadAllocatedBytes() - bytes;
    long count = (long) ROUNDS * MESSAGES;
    return new Cost(nanos / count, bytes / count);
  }

  /** Makes of Netty's message what admission needs, and keeps its topic's length. */
  private static final class Sink extends ChannelInboundHandlerAdapter {
    private long topics;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
      if (read instanceof MqttPublishMessage message) {
        byte[] payload = new byte[message.payload().readableBytes()];
        message.payload().getBytes(message.payload().readerIndex(), payload);
        topics +=
            Submission.of(
                    message.variableHeader().topicName(),
                    Bytes.adopt(payload),
                    message.fixedHeader().isDup(),
                    message.variableHeader().packetId())
                .topic()
                .length();
      } else if (read instanceof MqttPacket.Publish publish) {
        topics += publish.submission().topic().length();
      }
      ReferenceCountUtil.release(read);
    }
  }
}
