package io.telltale.doors.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.telltale.doors.MqttLimits;

/**
 * The packets that the door sends, never larger than their receiver takes: a reason in words is
 * left out where it would not fit (MQTT 5 sections 3.2.2.3.9, 3.4.2.2.2, 3.14.2.2.3).
 */
public final class MqttPackets {
  private static final int CONNACK = 0x20;
  private static final int PUBACK = 0x40;
  private static final int SUBACK = 0x90;
  private static final int UNSUBACK = 0xb0;
  private static final int PINGRESP = 0xd000;
  private static final int DISCONNECT = 0xe0;

  private static final int REASON_STRING = 0x1f;
  // What the one byte of a Variable Byte Integer counts to: enough for all that has words.
  private static final int ONE_BYTE_MAX = 127;

  private MqttPackets() {}

  /**
   * What an accepted MQTT 5 client is told (section 3.2.2.3).
   *
   * @param assignedClientId empty when the client brought one
   * @param serverKeepAlive 0 when the client's own holds
   */
  public record Terms(String assignedClientId, int serverKeepAlive, MqttLimits limits) {}

  /**
   * The CONNACK of an accepted MQTT 5 client; all in it is needed, so it cannot be made smaller.
   */
  public static ByteBuf accepted(ByteBufAllocator alloc, Terms terms) {
    int idBytes = ByteBufUtil.utf8Bytes(terms.assignedClientId());
    int properties = 24 + (idBytes > 0 ? 3 + idBytes : 0) + (terms.serverKeepAlive() > 0 ? 3 : 0);
    ByteBuf out = alloc.buffer(2 * LENGTH_BYTES_MAX + 3 + properties);
    out.writeByte(CONNACK);
    length(out, 2 + lengthBytes(properties) + properties);
    out.writeByte(0).writeByte(MqttConnectReturnCode.CONNECTION_ACCEPTED.byteValue());
    length(out, properties);
    out.writeByte(0x11).writeInt(0); // Session Expiry Interval: none is kept
    out.writeByte(0x21).writeShort(terms.limits().receiveMax());
    out.writeByte(0x24).writeByte(1); // Maximum QoS
    out.writeByte(0x25).writeByte(0); // Retain Available
    out.writeByte(0x27).writeInt(terms.limits().packetBytesMax());
    out.writeByte(0x22).writeShort(0); // Topic Alias Maximum
    out.writeByte(0x29).writeByte(0); // Subscription Identifier Available
    out.writeByte(0x2a).writeByte(0); // Shared Subscription Available
    if (idBytes > 0) {
      out.writeByte(0x12).writeShort(idBytes);
      ByteBufUtil.writeUtf8(out, terms.assignedClientId());
    }
    if (terms.serverKeepAlive() > 0) {
      out.writeByte(0x13).writeShort(terms.serverKeepAlive());
    }
    return out;
  }

  /** The CONNACK of MQTT 3.1.1. */
  public static ByteBuf connack(ByteBufAllocator alloc, MqttConnectReturnCode code) {
    return alloc.buffer(4).writeByte(CONNACK).writeByte(2).writeByte(0).writeByte(code.byteValue());
  }

  /** The CONNACK that refuses an MQTT 5 client. */
  public static ByteBuf refused(ByteBufAllocator alloc, int code, String text, MqttClient client) {
    ByteBuf out = alloc.buffer(64);
    int properties = reasonBytes(text, 5, client);
    out.writeByte(CONNACK).writeByte(3 + properties).writeByte(0).writeByte(code);
    reason(out.writeByte(properties), text, properties);
    return out;
  }

  /** The PUBACK that says no in MQTT 5; one that says yes is {@link #puback(ByteBuf, int)}. */
  public static void puback(ByteBuf out, int packet, MqttAnswer answer, MqttClient client) {
    int properties = client.problemInformation() ? reasonBytes(answer.text(), 6, client) : 0;
    out.writeByte(PUBACK).writeByte(4 + properties).writeShort(packet);
    out.writeByte(answer.code().byteValue());
    reason(out.writeByte(properties), answer.text(), properties);
  }

  /** The short form, the same in both versions (MQTT 5 section 3.4.2.1). */
  public static void puback(ByteBuf out, int packet) {
    out.writeByte(PUBACK).writeByte(2).writeShort(packet);
  }

  public static ByteBuf disconnect(
      ByteBufAllocator alloc, Disconnect code, String text, MqttClient client) {
    ByteBuf out = alloc.buffer(64);
    int properties = reasonBytes(text, 4, client);
    out.writeByte(DISCONNECT).writeByte(2 + properties).writeByte(code.byteValue());
    reason(out.writeByte(properties), text, properties);
    return out;
  }

  /** One code a filter. */
  public static ByteBuf suback(
      ByteBufAllocator alloc, int packet, byte[] codes, MqttClient client) {
    return codes(alloc, SUBACK, packet, codes, client);
  }

  /** One code a filter, which MQTT 3.1.1 does not have. */
  public static ByteBuf unsuback(
      ByteBufAllocator alloc, int packet, byte[] codes, MqttClient client) {
    return codes(alloc, UNSUBACK, packet, client.version5() ? codes : new byte[0], client);
  }

  private static ByteBuf codes(
      ByteBufAllocator alloc, int first, int packet, byte[] codes, MqttClient client) {
    int properties = client.version5() ? 1 : 0;
    int size = 2 + properties + codes.length;
    ByteBuf out = alloc.buffer(1 + LENGTH_BYTES_MAX + size);
    out.writeByte(first);
    length(out, size);
    return out.writeShort(packet).writeZero(properties).writeBytes(codes);
  }

  public static ByteBuf pingresp(ByteBufAllocator alloc) {
    return alloc.buffer(2).writeShort(PINGRESP);
  }

  // Lengths

  private static final int LENGTH_BYTES_MAX = 4;

  private static int lengthBytes(int length) {
    return length <= ONE_BYTE_MAX ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : 4;
  }

  private static void length(ByteBuf out, int length) {
    int rest = length;
    while (rest > ONE_BYTE_MAX) {
      out.writeByte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    out.writeByte(rest);
  }

  /** Of the property that carries {@code text}: 0 when a packet of {@code bare} has no room. */
  private static int reasonBytes(String text, int bare, MqttClient client) {
    int size = 3 + ByteBufUtil.utf8Bytes(text);
    boolean fits = bare + size <= Math.min(client.packetBytesMax(), ONE_BYTE_MAX);
    return fits && !text.isEmpty() ? size : 0;
  }

  private static void reason(ByteBuf out, String text, int bytes) {
    if (bytes > 0) {
      out.writeByte(REASON_STRING).writeShort(bytes - 3);
      ByteBufUtil.writeUtf8(out, text);
    }
  }
}
