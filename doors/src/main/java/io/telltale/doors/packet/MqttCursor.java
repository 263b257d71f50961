package io.telltale.doors.packet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.telltale.kernel.Bytes;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one packet and never beyond its end. The first thing wrong stands: from then
 * on nothing is read, every number is 0 and every text empty, so that a reader may go on to its end
 * and ask once. Bytes are hostile; never throws for them.
 */
final class MqttCursor {
  private static final int VARINT_BYTES_MAX = 4;

  private ByteBuf in;
  private int at;
  private int end;
  private int textStart;
  private int textSize;
  private @Nullable Disconnect wrong;
  private String words = "";
  private String cause = "";

  MqttCursor(ByteBuf in) {
    this.in = in;
  }

  /** Reads the bytes of {@code in} from {@code at} to {@code end} next. */
  void open(ByteBuf in, int at, int end) {
    this.in = in;
    this.at = at;
    this.end = end;
    this.wrong = null;
  }

  // What is wrong

  boolean isSound() {
    return wrong == null;
  }

  void malformed() {
    refuse(Disconnect.MALFORMED_PACKET, "", "malformed");
  }

  void protocolError(String why) {
    refuse(Disconnect.PROTOCOL_ERROR, why, "protocol-error");
  }

  void refuse(Disconnect code, String words, String cause) {
    if (wrong == null) {
      wrong = code;
      this.words = words;
      this.cause = cause;
      at = end;
    }
  }

  /** Null when nothing is. */
  MqttPacket.@Nullable Broken broken(boolean version5) {
    Disconnect code = wrong;
    return code == null ? null : new MqttPacket.Broken(code, words, cause, version5);
  }

  // Fields

  int remaining() {
    return end - at;
  }

  private boolean has(int bytes) {
    if (bytes <= end - at) {
      return wrong == null;
    }
    malformed();
    return false;
  }

  int octet() {
    return has(1) ? in.getUnsignedByte(at++) : 0;
  }

  int number2() {
    if (!has(2)) {
      return 0;
    }
    at += 2;
    return in.getUnsignedShort(at - 2);
  }

  long number4() {
    if (!has(4)) {
      return 0;
    }
    at += 4;
    return in.getUnsignedInt(at - 4);
  }

  /** A Variable Byte Integer, in as few bytes as it needs (MQTT 5 section 1.5.5). */
  int varint() {
    int value = 0;
    for (int i = 0; i < VARINT_BYTES_MAX; i++) {
      int next = octet();
      value |= (next & 0x7f) << (7 * i);
      if ((next & 0x80) == 0) {
        if (i > 0 && next == 0) {
          malformed();
        }
        return isSound() ? value : 0;
      }
    }
    malformed();
    return 0;
  }

  /** A 0 or a 1; anything else is a Protocol Error. */
  boolean flag() {
    int value = octet();
    if (value > 1) {
      protocolError("a property is neither 0 nor 1");
    }
    return value == 1;
  }

  /** From 1 to 65,535; a packet cannot be numbered 0. */
  int packetNumber() {
    int number = number2();
    if (number == 0) {
      malformed();
    }
    return number;
  }

  /** Passes binary data. */
  void skipBinary() {
    int size = number2();
    if (has(size)) {
      at += size;
    }
  }

  /** Binary data. */
  Bytes binary() {
    int size = number2();
    if (!has(size)) {
      return Bytes.EMPTY;
    }
    byte[] bytes = new byte[size];
    in.getBytes(at, bytes);
    at += size;
    return Bytes.adopt(bytes);
  }

  /**
   * Passes a string and gives its bytes' count: well-formed UTF-8 without U+0000 (section 1.5.4).
   * It begins at {@link #textStart}.
   */
  int passText() {
    int size = number2();
    textStart = at;
    textSize = 0;
    if (!has(size)) {
      return 0;
    }
    at += size;
    if (!ByteBufUtil.isText(in, textStart, size, StandardCharsets.UTF_8)
        || in.indexOf(textStart, at, (byte) 0) >= 0) {
      malformed();
      return 0;
    }
    textSize = size;
    return size;
  }

  int textStart() {
    return textStart;
  }

  /** The text that was passed last. */
  String passed() {
    return textSize == 0 ? "" : in.toString(textStart, textSize, StandardCharsets.UTF_8);
  }

  String text() {
    passText();
    return passed();
  }

  /** Whether the text that was passed last is {@code ascii}. */
  boolean passed(String ascii) {
    if (textSize != ascii.length()) {
      return false;
    }
    for (int i = 0; i < textSize; i++) {
      if (in.getByte(textStart + i) != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  int byteAt(int index) {
    return in.getByte(index);
  }

  /** Passes the string that follows if it is {@code known}, which must not be empty. */
  boolean passesAgain(ByteBuf known) {
    int size = known.readableBytes();
    if (size == 0
        || 2 + size > end - at
        || in.getUnsignedShort(at) != size
        || !ByteBufUtil.equals(known, known.readerIndex(), in, at + 2, size)) {
      return false;
    }
    at += 2 + size;
    return true;
  }

  /** All bytes that are left. */
  Bytes rest() {
    byte[] bytes = new byte[end - at];
    in.getBytes(at, bytes);
    at = end;
    return Bytes.adopt(bytes);
  }

  void skipRest() {
    at = end;
  }

  /** Ends the reading after {@code size} bytes for now; gives the end to {@link #widen} to. */
  int narrow(int size) {
    int outer = end;
    if (has(size)) {
      end = at + size;
    }
    return outer;
  }

  void widen(int outer) {
    if (wrong == null) {
      end = outer;
    }
  }
}
