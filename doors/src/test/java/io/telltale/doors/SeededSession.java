package io.telltale.doors;

import static io.telltale.testkit.MqttBytes.packet;
import static io.telltale.testkit.MqttBytes.text;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** A session of proper packets, with what the specification allows in any of them. */
final class SeededSession {
  private static final String[] TOPICS = {"t/default/d/press/telemetry", "a", "t/ü/€/😀"};

  private final Random random;
  private final boolean version5;

  SeededSession(Random random) {
    this.random = random;
    this.version5 = random.nextInt(3) > 0;
  }

  byte[] bytes() {
    var all = new ByteArrayOutputStream();
    all.writeBytes(connect());
    for (int i = random.nextInt(6); i >= 0; i--) {
      all.writeBytes(
          switch (random.nextInt(6)) {
            case 0 -> subscribe();
            case 1 -> unsubscribe();
            case 2 -> new byte[] {(byte) 0xc0, 0};
            default -> publish();
          });
    }
    all.writeBytes(new byte[] {(byte) 0xe0, 0});
    return all.toByteArray();
  }

  private byte[] connect() {
    boolean will = random.nextInt(4) == 0;
    boolean name = random.nextInt(4) == 0;
    boolean password = name && random.nextBoolean();
    int flags = 2 | (will ? 0x0c : 0) | (name ? 0x80 : 0) | (password ? 0x40 : 0);
    var payload = new ByteArrayOutputStream();
    payload.writeBytes(text(random.nextBoolean() ? "" : "client-" + random.nextInt(100)));
    if (will) {
      payload.writeBytes(properties(user("w", "1"), of(0x18, 0, 0, 0, 9), of(0x01, 1)));
      payload.writeBytes(text("w/t"));
      payload.writeBytes(text("gone"));
    }
    if (name) {
      payload.writeBytes(text("name"));
    }
    if (password) {
      payload.writeBytes(text("secret"));
    }
    return packet(
        0x10,
        text("MQTT"),
        of(version5 ? 5 : 4, flags, 0, random.nextInt(256)),
        properties(
            of(0x11, 0, 0, 0, random.nextInt(2)),
            of(0x21, 0, 1 + random.nextInt(99)),
            of(0x27, 0, 0, 4, random.nextInt(256)),
            of(0x17, random.nextInt(2)),
            of(0x19, random.nextInt(2)),
            user("k", "v")),
        payload.toByteArray());
  }

  private byte[] publish() {
    int quality = random.nextInt(2);
    int resend = quality == 1 && random.nextInt(4) == 0 ? 0x08 : 0;
    byte[] payload = new byte[random.nextInt(300)];
    random.nextBytes(payload);
    return packet(
        0x30 | quality << 1 | resend,
        text(TOPICS[random.nextInt(TOPICS.length)]),
        quality == 1 ? number() : of(),
        properties(
            user("seq", Long.toString(random.nextLong(1L << 54))),
            user("sent", Integer.toString(random.nextInt(99) - 3)),
            user("seq", "7"),
            of(0x01, random.nextInt(2)),
            of(0x02, 0, 0, 1, 0),
            join(of(0x08), text("r/t")),
            join(of(0x09), text("data")),
            join(of(0x03), text("application/json"))),
        payload);
  }

  private byte[] subscribe() {
    var filters = new ByteArrayOutputStream();
    for (int i = random.nextInt(3); i >= 0; i--) {
      filters.writeBytes(text(i == 0 ? "a/+/#" : "t/default/d/press/cmd/" + i));
      filters.write(random.nextInt(3) | (version5 ? random.nextInt(8) << 2 : 0));
    }
    return packet(0x82, number(), properties(user("a", "b")), filters.toByteArray());
  }

  private byte[] unsubscribe() {
    return packet(0xa2, number(), properties(user("a", "b"), user("c", "")), text("a/+"));
  }

  private byte[] number() {
    return of(random.nextInt(256), 1 + random.nextInt(255));
  }

  /** Some of them, in their order, in MQTT 5; nothing in MQTT 3.1.1. */
  private byte[] properties(byte[]... all) {
    var some = new ByteArrayOutputStream();
    for (byte[] one : all) {
      if (random.nextInt(3) == 0) {
        some.writeBytes(one);
      }
    }
    int size = some.size();
    byte[] length = size < 128 ? of(size) : of((size & 0x7f) | 0x80, size >> 7);
    return version5 ? join(length, some.toByteArray()) : of();
  }

  private static byte[] user(String name, String value) {
    return join(of(0x26), text(name), text(value));
  }

  private static byte[] of(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
