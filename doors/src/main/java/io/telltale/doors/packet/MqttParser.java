package io.telltale.doors.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.telltale.admission.Submission;
import io.telltale.kernel.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a client may send, MQTT 3.1.1 and 5, to the letter: one whole packet at a time, no
 * byte twice. One of a connection, since a CONNECT says how to read what follows. Every byte is
 * hostile; never throws for them.
 */
public final class MqttParser {
  private static final int FILTERS_MAX = 64;
  private static final int TOPIC_KEPT_BYTES_MAX = 256;
  private static final ByteBuf NO_BYTES = Unpooled.EMPTY_BUFFER;

  private final MqttCursor in = new MqttCursor(NO_BYTES);
  private final MqttProperties properties = new MqttProperties(in);
  private boolean greeted;
  private boolean version5;
  private boolean keepsNoSession;
  private int wireBytes;
  // Most clients publish on one topic all their life.
  private String topic = "";
  private ByteBuf topicBytes = NO_BYTES;

  /** Whether a CONNECT has come. */
  public boolean isGreeted() {
    return greeted;
  }

  /** What is wrong with a packet that begins with {@code first}, before any more of it is here. */
  public MqttPacket.@Nullable Broken beginning(int first) {
    MqttType type = MqttType.of(first);
    if (!type.allows(first)) {
      return broken(Disconnect.MALFORMED_PACKET, "", "malformed");
    }
    if (!greeted) {
      return type == MqttType.CONNECT
          ? null
          : broken(Disconnect.PROTOCOL_ERROR, "", "connect-missing");
    }
    return switch (type) {
      case PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT -> null;
      // MQTT 3.1.1 has no such type.
      case AUTH -> version5 ? unexpected() : broken(Disconnect.MALFORMED_PACKET, "", "malformed");
      // Nothing is ever sent to a device that it could acknowledge; a second CONNECT is an error.
      case CONNECT, CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK, PINGRESP ->
          unexpected();
      case RESERVED -> broken(Disconnect.MALFORMED_PACKET, "", "malformed");
    };
  }

  private MqttPacket.Broken unexpected() {
    return broken(Disconnect.PROTOCOL_ERROR, "not expected here", "protocol-error");
  }

  public MqttPacket.Broken broken(Disconnect code, String text, String cause) {
    return new MqttPacket.Broken(code, text, cause, version5);
  }

  /**
   * Reads the packet that begins with {@code first}, which {@link #beginning} has let pass, and
   * whose other bytes after its length are those of {@code bytes} from {@code at} to {@code end}.
   *
   * @param shortest whether its length is written in as few bytes as it needs
   */
  public MqttPacket read(int first, boolean shortest, ByteBuf bytes, int at, int end) {
    in.open(bytes, at, end);
    wireBytes = end - at;
    if (version5 && !shortest) {
      in.malformed();
    }
    MqttPacket packet =
        switch (MqttType.of(first)) {
          case CONNECT -> connect(shortest);
          case PUBLISH -> publish(first);
          case SUBSCRIBE -> subscribe();
          case UNSUBSCRIBE -> unsubscribe();
          case PINGREQ -> new MqttPacket.Ping();
          case DISCONNECT -> disconnect();
          case CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK -> unexpected();
          case PINGRESP, AUTH, RESERVED -> unexpected();
        };
    if (in.remaining() > 0) {
      in.malformed();
    }
    MqttPacket.Broken broken = in.broken(version5);
    return broken == null ? packet : broken;
  }

  // CONNECT (section 3.1)

  private MqttPacket connect(boolean shortest) {
    in.passText();
    boolean named = in.passed("MQTT");
    boolean namedOnce = in.passed("MQIsdp");
    int version = in.octet();
    boolean spoken = version == MqttConnect.VERSION_311 || version == MqttConnect.VERSION_5;
    if (in.isSound() && (namedOnce || (named && !spoken))) {
      in.skipRest();
      return new MqttPacket.OtherVersion();
    }
    if (!named) {
      in.malformed();
    }
    greeted = in.isSound();
    version5 = version == MqttConnect.VERSION_5 && greeted;
    if (version5 && !shortest) {
      in.malformed();
    }
    var flags = new ConnectFlags(in.octet());
    if (!flags.areSound(version5)) {
      in.malformed();
    }
    int keepAlive = in.number2();
    properties.clear();
    if (version5) {
      properties.read(MqttProperties.OF_CONNECT);
    }
    boolean authentication = properties.has(MqttProperties.AUTHENTICATION_METHOD);
    if (!authentication && properties.has(MqttProperties.AUTHENTICATION_DATA)) {
      in.protocolError("authentication data without a method");
    }
    keepsNoSession = properties.sessionExpirySeconds() == 0;
    MqttClient client =
        version5
            ? new MqttClient(true, properties.packetBytesMax(), properties.problemInformation())
            : MqttClient.VERSION_311;
    boolean nameless = in.passText() == 0;
    MqttPacket.Will will = flags.will() ? will(flags) : null;
    passCredentials(flags);
    return new MqttPacket.Connect(client, flags.clean(), will, authentication, nameless, keepAlive);
  }

  private MqttPacket.Will will(ConnectFlags flags) {
    properties.clear();
    if (version5) {
      properties.read(MqttProperties.OF_WILL);
    }
    int size = in.passText();
    if (!MqttTopics.isName(in, in.textStart(), size)) {
      in.malformed();
    }
    String name = in.passed();
    Bytes payload = in.binary();
    var message =
        new Submission(
            name,
            payload,
            false,
            Submission.NO_PACKET,
            properties.sequence(),
            properties.sent(),
            size + payload.size());
    return new MqttPacket.Will(message, flags.willQuality(), flags.willRetain());
  }

  /** The identity comes from the certificate: user name and password are neither read nor kept. */
  private void passCredentials(ConnectFlags flags) {
    if (flags.userName()) {
      in.passText();
    }
    if (flags.password()) {
      in.skipBinary();
    }
  }

  /** The eight flags of a CONNECT (section 3.1.2.3 and after). */
  private record ConnectFlags(int bits) {
    boolean clean() {
      return (bits & 0x02) != 0;
    }

    boolean will() {
      return (bits & 0x04) != 0;
    }

    int willQuality() {
      return willBits() & 0x03;
    }

    boolean willRetain() {
      return (willBits() & 0x04) != 0;
    }

    private int willBits() {
      return bits >> 3 & 0x07;
    }

    boolean password() {
      return (bits & 0x40) != 0;
    }

    boolean userName() {
      return (bits & 0x80) != 0;
    }

    boolean areSound(boolean version5) {
      boolean reserved = (bits & 0x01) != 0;
      boolean quality3 = willQuality() == 3;
      boolean bitsOfNoWill = !will() && willBits() != 0;
      boolean passwordAlone = !version5 && password() && !userName();
      return !reserved && !quality3 && !bitsOfNoWill && !passwordAlone;
    }
  }

  // PUBLISH (section 3.3)

  private MqttPacket publish(int first) {
    boolean resend = (first & 0x08) != 0;
    int quality = first >> 1 & 0x03;
    if (quality == 3 || (quality == 0 && resend)) {
      in.malformed();
    }
    String name = readTopic();
    int packet = quality == 0 ? Submission.NO_PACKET : in.packetNumber();
    OptionalLong sequence = OptionalLong.empty();
    OptionalLong sent = OptionalLong.empty();
    if (version5) {
      properties.read(MqttProperties.OF_PUBLISH);
      sequence = properties.sequence();
      sent = properties.sent();
      judgeProperties();
    }
    if (name.isEmpty()) {
      // MQTT 5 would allow it beside a topic alias.
      in.protocolError("the topic is empty");
    }
    if (quality == 2) {
      in.refuse(Disconnect.QOS_NOT_SUPPORTED, "QoS 0 and 1 only", "qos2");
    }
    // MQTT 3.1.1 cannot say that nothing is retained, and a broker may let go of it at any time.
    if (version5 && (first & 0x01) != 0) {
      in.refuse(Disconnect.RETAIN_NOT_SUPPORTED, "nothing is retained", "retain");
    }
    return new MqttPacket.Publish(
        quality == 1, new Submission(name, in.rest(), resend, packet, sequence, sent, wireBytes));
  }

  private void judgeProperties() {
    if (properties.has(MqttProperties.SUBSCRIPTION_IDENTIFIER)) {
      in.protocolError("a client sends no subscription identifier");
    }
    if (properties.has(MqttProperties.TOPIC_ALIAS)) {
      in.refuse(Disconnect.TOPIC_ALIAS_INVALID, "topic aliases are not offered", "alias");
    }
  }

  private String readTopic() {
    if (in.passesAgain(topicBytes)) {
      return topic;
    }
    int size = in.passText();
    String read = in.passed();
    if (!MqttTopics.isName(in, in.textStart(), size) && !read.isEmpty()) {
      in.malformed();
    }
    if (in.isSound() && size > 0 && size <= TOPIC_KEPT_BYTES_MAX) {
      topic = read;
      topicBytes = Unpooled.wrappedBuffer(read.getBytes(StandardCharsets.UTF_8));
    }
    return read;
  }

  // SUBSCRIBE and UNSUBSCRIBE (sections 3.8 and 3.10)

  private MqttPacket subscribe() {
    int packet = in.packetNumber();
    if (version5) {
      properties.read(MqttProperties.OF_SUBSCRIBE);
      if (properties.has(MqttProperties.SUBSCRIPTION_IDENTIFIER)) {
        in.refuse(
            Disconnect.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
            "subscription identifiers are not offered",
            "subscription-identifier");
      }
    }
    var wishes = new ArrayList<MqttPacket.Wish>(1);
    do {
      String filter = filter(wishes.size());
      int options = in.octet();
      judgeOptions(options);
      if (version5 && MqttTopics.isShared(filter)) {
        in.refuse(
            Disconnect.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
            "shared subscriptions are not offered",
            "shared-subscription");
      }
      wishes.add(new MqttPacket.Wish(filter, options & 0x03));
    } while (in.remaining() > 0);
    return new MqttPacket.Subscribe(packet, wishes);
  }

  private void judgeOptions(int options) {
    int reserved = version5 ? 0xc0 : 0xfc;
    if ((options & reserved) != 0 || (!version5 && (options & 0x03) == 3)) {
      in.malformed();
    } else if ((options & 0x03) == 3) {
      in.protocolError("there is no QoS 3");
    } else if ((options & 0x30) == 0x30) {
      in.protocolError("there is no retain handling 3");
    }
  }

  private MqttPacket unsubscribe() {
    int packet = in.packetNumber();
    if (version5) {
      properties.read(MqttProperties.OF_UNSUBSCRIBE);
    }
    var filters = new ArrayList<String>(1);
    do {
      filters.add(filter(filters.size()));
    } while (in.remaining() > 0);
    return new MqttPacket.Unsubscribe(packet, filters);
  }

  /** The filter after {@code before} others; that there is at least one is a rule. */
  private String filter(int before) {
    if (in.isSound() && in.remaining() == 0) {
      in.protocolError("no topic filter");
    }
    if (before == FILTERS_MAX) {
      in.refuse(Disconnect.QUOTA_EXCEEDED, "too many topic filters", "too-many");
    }
    String filter = in.text();
    if (in.isSound() && !MqttTopics.isFilter(filter)) {
      in.malformed();
    }
    return filter;
  }

  // DISCONNECT (section 3.14)

  private MqttPacket disconnect() {
    boolean well = true;
    if (version5 && in.remaining() > 0) {
      int reason = in.octet();
      well = reason == 0;
      if (!mayEndWith(reason)) {
        in.protocolError("a client ends no session for this reason");
      }
      properties.clear();
      if (in.remaining() > 0) {
        properties.read(MqttProperties.OF_DISCONNECT);
      }
      if (keepsNoSession && properties.sessionExpirySeconds() > 0) {
        in.protocolError("a session expiry that CONNECT did not ask for");
      }
    }
    return new MqttPacket.Goodbye(well);
  }

  // Table 3-10: those that a client sends.
  private static boolean mayEndWith(int reason) {
    return switch (reason) {
      case 0x00, 0x04, 0x80, 0x81, 0x82, 0x83 -> true;
      case 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99 -> true;
      default -> false;
    };
  }
}
