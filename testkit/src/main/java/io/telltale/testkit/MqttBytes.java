package io.telltale.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** MQTT packets put together by hand, such as no client library would send them. */
public final class MqttBytes {
  private MqttBytes() {}

  /** A UTF-8 string with its length before it (MQTT 5 section 1.5.4). */
  public static byte[] text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[utf8.length + 2];
    all[0] = (byte) (utf8.length >> 8);
    all[1] = (byte) utf8.length;
    System.arraycopy(utf8, 0, all, 2, utf8.length);
    return all;
  }

  /** A first byte, the length of the rest (MQTT 5 section 1.5.5), and {@code parts}. */
  public static byte[] packet(int first, byte[]... parts) {
    var body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    var all = new ByteArrayOutputStream();
    all.write(first);
    int rest = body.size();
    do {
      int next = rest & 0x7f;
      rest >>= 7;
      all.write(rest > 0 ? next | 0x80 : next);
    } while (rest > 0);
    all.writeBytes(body.toByteArray());
    return all.toByteArray();
  }
}
