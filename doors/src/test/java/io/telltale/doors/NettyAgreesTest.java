package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.util.ReferenceCountUtil;
import io.telltale.admission.Submission;
import io.telltale.doors.packet.MqttPacket;
import io.telltale.doors.packet.MqttProperties;
import io.telltale.fakes.TestCa;
import io.telltale.kernel.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever our reader of packets accepts, Netty's reads to the same. The other way round it does
 * not hold, and shall not: Netty lets pass what {@link MqttRulesTest} lists.
 */
class NettyAgreesTest {
  private static final Plant PLANT = new Plant();
  private static final TestCa.Credential PRESS = PLANT.device("press");
  private static final int NO_LIMIT = 1 << 28;

  @AfterAll
  static void close() {
    PLANT.close();
  }

  @FuzzTest
  void agrees_on_any_bytes(byte[] bytes) {
    var _ = agree(bytes);
  }

  @Test
  void agrees_on_seeded_sessions_and_their_mutations() {
    int accepted = 0;
    for (int seed = 0; seed < 6_000; seed++) {
      var random = new Random(seed);
      byte[] session = new SeededSession(random).bytes();
      for (int i = random.nextInt(4); i > 0; i--) {
        session[random.nextInt(session.length)] = (byte) random.nextInt(256);
      }
      try {
        accepted += agree(session);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    assertThat(accepted).as("packets of 6,000 sessions that both read").isGreaterThan(15_000);
  }

  /** How many packets ours accepted before the first that it did not. */
  private static int agree(byte[] bytes) {
    List<MqttPacket> ours;
    try (var door = new EmbeddedDoor(PLANT, PRESS)) {
      ours = door.read(bytes, Math.max(1, bytes.length));
    }
    var netty = new EmbeddedChannel(new MqttDecoder(NO_LIMIT, NO_LIMIT));
    try {
      netty.writeInbound(Unpooled.copiedBuffer(bytes));
      int count = 0;
      for (MqttPacket one : ours) {
        if (one instanceof MqttPacket.Broken || one instanceof MqttPacket.OtherVersion) {
          break;
        }
        MqttMessage theirs = netty.readInbound();
        assertThat(theirs).as("%s", one).isNotNull();
        assertThat(theirs.decoderResult().isSuccess()).as("%s: %s", one, theirs).isTrue();
        same(one, theirs);
        ReferenceCountUtil.release(theirs);
        count++;
      }
      return count;
    } finally {
      netty.finishAndReleaseAll();
    }
  }

  private static void same(MqttPacket ours, MqttMessage theirs) {
    MqttMessageType type = theirs.fixedHeader().messageType();
    switch (ours) {
      case MqttPacket.Connect one -> same(one, (MqttConnectMessage) theirs);
      case MqttPacket.Publish one -> same(one, (MqttPublishMessage) theirs);
      case MqttPacket.Subscribe one -> same(one, (MqttSubscribeMessage) theirs);
      case MqttPacket.Unsubscribe one -> {
        var message = (MqttUnsubscribeMessage) theirs;
        assertThat(message.variableHeader().messageId()).isEqualTo(one.packet());
        assertThat(message.payload().topics()).isEqualTo(one.filters());
      }
      case MqttPacket.Ping _ -> assertThat(type).isEqualTo(MqttMessageType.PINGREQ);
      case MqttPacket.Goodbye _ -> assertThat(type).isEqualTo(MqttMessageType.DISCONNECT);
      case MqttPacket.OtherVersion _, MqttPacket.Broken _ -> throw new IllegalStateException();
    }
  }

  private static void same(MqttPacket.Connect ours, MqttConnectMessage theirs) {
    var header = theirs.variableHeader();
    assertThat(header.version() == 5).isEqualTo(ours.client().version5());
    assertThat(header.isCleanSession()).isEqualTo(ours.clean());
    MqttPacket.Will will = ours.will();
    assertThat(header.isWillFlag()).isEqualTo(will != null);
    if (will != null) {
      assertThat(header.willQos()).isEqualTo(will.quality());
      assertThat(header.isWillRetain()).isEqualTo(will.retain());
      assertThat(theirs.payload().willTopic()).isEqualTo(will.message().topic());
      assertThat(theirs.payload().willMessageInBytes())
          .isEqualTo(will.message().payload().toArray());
    }
    assertThat(header.keepAliveTimeSeconds()).isEqualTo(ours.keepAliveSeconds());
    assertThat(theirs.payload().clientIdentifier().isEmpty()).isEqualTo(ours.nameless());
    MqttProperty<?> largest = header.properties().getProperty(MqttProperties.MAXIMUM_PACKET_SIZE);
    if (largest != null && ours.client().packetBytesMax() < Integer.MAX_VALUE) {
      assertThat(largest.value()).isEqualTo(ours.client().packetBytesMax());
    }
    MqttProperty<?> words =
        header.properties().getProperty(MqttProperties.REQUEST_PROBLEM_INFORMATION);
    if (ours.client().version5()) {
      assertThat(words == null || words.value().equals(1))
          .isEqualTo(ours.client().problemInformation());
    }
  }

  private static void same(MqttPacket.Publish ours, MqttPublishMessage theirs) {
    var header = theirs.variableHeader();
    Submission submission = ours.submission();
    assertThat(theirs.fixedHeader().qosLevel() == MqttQoS.AT_LEAST_ONCE).isEqualTo(ours.quality1());
    assertThat(theirs.fixedHeader().isDup()).isEqualTo(submission.resend());
    assertThat(header.topicName()).isEqualTo(submission.topic());
    assertThat(header.packetId()).isEqualTo(submission.packet());
    byte[] payload = new byte[theirs.payload().readableBytes()];
    theirs.payload().getBytes(theirs.payload().readerIndex(), payload);
    assertThat(Bytes.adopt(payload)).isEqualTo(submission.payload());
    if (submission.sequence().orElse(-1) >= 0) {
      assertThat(users(theirs)).containsOnlyOnce("seq=" + submission.sequence().getAsLong());
    }
    if (submission.sent().orElse(-1) >= 0) {
      assertThat(users(theirs)).containsOnlyOnce("sent=" + submission.sent().getAsLong());
    }
  }

  private static List<String> users(MqttPublishMessage message) {
    var users = new ArrayList<String>();
    for (MqttProperty<?> one :
        message.variableHeader().properties().getProperties(MqttProperties.USER_PROPERTY)) {
      var pair = (io.netty.handler.codec.mqtt.MqttProperties.StringPair) one.value();
      users.add(pair.key + "=" + pair.value);
    }
    return users;
  }

  private static void same(MqttPacket.Subscribe ours, MqttSubscribeMessage theirs) {
    assertThat(theirs.variableHeader().messageId()).isEqualTo(ours.packet());
    assertThat(
            theirs.payload().topicSubscriptions().stream()
                .map(one -> new MqttPacket.Wish(one.topicFilter(), one.qualityOfService().value()))
                .toList())
        .isEqualTo(ours.wishes());
  }
}
