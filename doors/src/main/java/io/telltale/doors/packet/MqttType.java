package io.telltale.doors.packet;

/** The sixteen packet types by their number (table 2-1), and the flags that each must have. */
public enum MqttType {
  RESERVED(-1),
  CONNECT(0),
  CONNACK(0),
  PUBLISH(-1),
  PUBACK(0),
  PUBREC(0),
  PUBREL(2),
  PUBCOMP(0),
  SUBSCRIBE(2),
  SUBACK(0),
  UNSUBSCRIBE(2),
  UNSUBACK(0),
  PINGREQ(0),
  PINGRESP(0),
  DISCONNECT(0),
  AUTH(0);

  private static final MqttType[] BY_NUMBER = values();

  private final int flags;

  MqttType(int flags) {
    this.flags = flags;
  }

  /** Of the packet that begins with {@code first}. */
  public static MqttType of(int first) {
    return BY_NUMBER[first >> 4 & 0x0f];
  }

  /** Whether the lower half of {@code first} may be what it is (table 2-2). */
  boolean allows(int first) {
    return this == PUBLISH || (first & 0x0f) == flags;
  }
}
