package io.telltale.doors.packet;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttReasonCodes.PubAck;
import io.telltale.admission.Outcome;
import io.telltale.admission.RefusalReason;

/**
 * The one table from outcomes to MQTT: the reason code of an MQTT 5 PUBACK. What becomes of them in
 * MQTT 3.1.1, which has no way to say no, is the session's. {@code docs/format/mqtt.md} shows both.
 *
 * @param code of the PUBACK in MQTT 5
 * @param text the reason string in MQTT 5; empty for success
 */
public record MqttAnswer(PubAck code, String text) {
  // A PUBACK has 127 bytes, and the rest of it needs 9.
  private static final int REASON_BYTES_MAX = 118;

  public static MqttAnswer to(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Admitted _ -> new MqttAnswer(PubAck.SUCCESS, "");
      case Outcome.Duplicate _ -> new MqttAnswer(PubAck.SUCCESS, "");
      case Outcome.Refused no ->
          new MqttAnswer(code(no.why()), no.why().cause() + ": " + fitting(no));
      case Outcome.Throttled throttled ->
          new MqttAnswer(
              PubAck.QUOTA_EXCEEDED,
              "over the limit, retry after " + throttled.retryAfter().toMillis() + " ms");
      case Outcome.Unavailable _ ->
          // Not the code of a refusal: a client must know whether sending again can help.
          new MqttAnswer(PubAck.UNSPECIFIED_ERROR, "cannot be stored now, retry");
    };
  }

  /** The most that has room: one that is too long for its packet would be left out. */
  private static String fitting(Outcome.Refused no) {
    int bytesMax = REASON_BYTES_MAX - no.why().cause().length() - 2;
    if (ByteBufUtil.utf8Bytes(no.sentence()) <= bytesMax) {
      return no.sentence();
    }
    return ByteBufUtil.utf8Bytes(no.place()) <= bytesMax ? no.place() : no.why().sentence();
  }

  private static PubAck code(RefusalReason why) {
    return switch (why) {
      case UNKNOWN_CREDENTIAL, NOT_ACTIVE, ATTESTATION_REQUIRED -> PubAck.NOT_AUTHORIZED;
      case TOPIC_NOT_ALLOWED, TOPIC_DENIED, TYPE_NOT_ALLOWED -> PubAck.NOT_AUTHORIZED;
      case NOT_JSON, PAYLOAD_UNREADABLE, METADATA_MALFORMED, SCHEMA_VIOLATION, TIME_UNSTORABLE ->
          PubAck.PAYLOAD_FORMAT_INVALID;
      case VALUES_MISSING, UNIT_UNKNOWN, VALUE_OUT_OF_RANGE -> PubAck.PAYLOAD_FORMAT_INVALID;
      case SEQUENCE_REQUIRED, PAYLOAD_TOO_LARGE -> PubAck.PAYLOAD_FORMAT_INVALID;
      case SENT_OUTSIDE_WINDOW, TIME_TOO_OLD, TIME_IN_FUTURE ->
          PubAck.IMPLEMENTATION_SPECIFIC_ERROR;
      case SEQUENCE_JUMP, REPLAYED, FORK -> PubAck.IMPLEMENTATION_SPECIFIC_ERROR;
    };
  }
}
