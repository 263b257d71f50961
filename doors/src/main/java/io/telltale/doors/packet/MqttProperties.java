package io.telltale.doors.packet;

import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import java.util.OptionalLong;

/**
 * The properties of one MQTT 5 packet (section 2.2.2), read without an object each: which there
 * were, and the values that we use. One of a connection, for one packet after the other.
 */
public final class MqttProperties {
  static final int PAYLOAD_FORMAT = 0x01;
  static final int MESSAGE_EXPIRY = 0x02;
  static final int CONTENT_TYPE = 0x03;
  static final int RESPONSE_TOPIC = 0x08;
  static final int CORRELATION_DATA = 0x09;
  static final int SUBSCRIPTION_IDENTIFIER = 0x0b;
  static final int SESSION_EXPIRY = 0x11;
  static final int AUTHENTICATION_METHOD = 0x15;
  static final int AUTHENTICATION_DATA = 0x16;
  public static final int REQUEST_PROBLEM_INFORMATION = 0x17;
  static final int WILL_DELAY = 0x18;
  static final int REQUEST_RESPONSE_INFORMATION = 0x19;
  static final int REASON_STRING = 0x1f;
  static final int RECEIVE_MAXIMUM = 0x21;
  static final int TOPIC_ALIAS_MAXIMUM = 0x22;
  static final int TOPIC_ALIAS = 0x23;
  public static final int USER_PROPERTY = 0x26;
  public static final int MAXIMUM_PACKET_SIZE = 0x27;

  // Which of them a packet may carry (table 2-4); each once, but user properties.
  static final long OF_CONNECT =
      set(SESSION_EXPIRY, RECEIVE_MAXIMUM, MAXIMUM_PACKET_SIZE, TOPIC_ALIAS_MAXIMUM)
          | set(REQUEST_RESPONSE_INFORMATION, REQUEST_PROBLEM_INFORMATION, USER_PROPERTY)
          | set(AUTHENTICATION_METHOD, AUTHENTICATION_DATA);
  static final long OF_WILL =
      set(WILL_DELAY, PAYLOAD_FORMAT, MESSAGE_EXPIRY, CONTENT_TYPE, RESPONSE_TOPIC)
          | set(CORRELATION_DATA, USER_PROPERTY);
  static final long OF_PUBLISH =
      set(PAYLOAD_FORMAT, MESSAGE_EXPIRY, TOPIC_ALIAS, RESPONSE_TOPIC, CORRELATION_DATA)
          | set(SUBSCRIPTION_IDENTIFIER, CONTENT_TYPE, USER_PROPERTY);
  static final long OF_SUBSCRIBE = set(SUBSCRIPTION_IDENTIFIER, USER_PROPERTY);
  static final long OF_UNSUBSCRIBE = set(USER_PROPERTY);
  static final long OF_DISCONNECT = set(SESSION_EXPIRY, REASON_STRING, USER_PROPERTY);

  private static final int USER_PROPERTIES_MAX = 64;
  private static final int IDENTIFIERS = 64;

  private final MqttCursor in;
  private long seen;
  private int users;
  private long sessionExpirySeconds;
  private long packetBytesMax;
  private boolean problemInformation;
  private OptionalLong sequence = OptionalLong.empty();
  private OptionalLong sent = OptionalLong.empty();

  MqttProperties(MqttCursor in) {
    this.in = in;
  }

  private static long set(int... identifiers) {
    long set = 0;
    for (int one : identifiers) {
      set |= 1L << one;
    }
    return set;
  }

  /** Reads their length and exactly so many bytes, of the properties in {@code allowed}. */
  void read(long allowed) {
    clear();
    int outer = in.narrow(in.varint());
    while (in.isSound() && in.remaining() > 0) {
      one(allowed);
    }
    in.widen(outer);
  }

  /** As after none. */
  void clear() {
    seen = 0;
    users = 0;
    sessionExpirySeconds = 0;
    packetBytesMax = Integer.MAX_VALUE;
    problemInformation = true;
    sequence = OptionalLong.empty();
    sent = OptionalLong.empty();
  }

  private void one(long allowed) {
    int identifier = in.octet();
    if (identifier >= IDENTIFIERS || (allowed >> identifier & 1) == 0) {
      in.malformed();
      return;
    }
    long bit = 1L << identifier;
    if ((seen & bit) != 0 && identifier != USER_PROPERTY) {
      in.protocolError("a property came twice");
      return;
    }
    seen |= bit;
    switch (identifier) {
      case PAYLOAD_FORMAT, REQUEST_RESPONSE_INFORMATION -> in.flag();
      case REQUEST_PROBLEM_INFORMATION -> problemInformation = in.flag();
      case MESSAGE_EXPIRY, WILL_DELAY -> in.number4();
      case SESSION_EXPIRY -> sessionExpirySeconds = in.number4();
      case CONTENT_TYPE, AUTHENTICATION_METHOD, REASON_STRING -> in.passText();
      case RESPONSE_TOPIC -> topic();
      case CORRELATION_DATA, AUTHENTICATION_DATA -> in.skipBinary();
      case SUBSCRIPTION_IDENTIFIER -> positive(in.varint());
      case RECEIVE_MAXIMUM -> positive(in.number2());
      case TOPIC_ALIAS_MAXIMUM, TOPIC_ALIAS -> in.number2();
      case MAXIMUM_PACKET_SIZE -> packetBytesMax = positive(in.number4());
      case USER_PROPERTY -> user();
      default -> in.malformed();
    }
  }

  private long positive(long value) {
    if (value == 0) {
      in.protocolError("a property is 0");
    }
    return value;
  }

  private void topic() {
    int size = in.passText();
    int from = in.textStart();
    if (in.isSound() && !MqttTopics.isName(in, from, size)) {
      in.protocolError("the response topic is none");
    }
  }

  private void user() {
    if (++users > USER_PROPERTIES_MAX) {
      in.refuse(Disconnect.QUOTA_EXCEEDED, "too many user properties", "too-many");
      return;
    }
    in.passText();
    boolean isSequence = in.passed("seq");
    boolean isSent = in.passed("sent");
    int size = in.passText();
    if (isSequence) {
      sequence = PlainNumber.once(sequence, in, size);
    } else if (isSent) {
      sent = PlainNumber.once(sent, in, size);
    }
  }

  boolean has(int identifier) {
    return (seen >> identifier & 1) != 0;
  }

  long sessionExpirySeconds() {
    return sessionExpirySeconds;
  }

  int packetBytesMax() {
    return (int) Math.min(packetBytesMax, Integer.MAX_VALUE);
  }

  boolean problemInformation() {
    return problemInformation;
  }

  /** Of user property {@code seq}; negative when it is no plain number. */
  OptionalLong sequence() {
    return sequence;
  }

  /** Of user property {@code sent}; negative when it is no plain number. */
  OptionalLong sent() {
    return sent;
  }
}
