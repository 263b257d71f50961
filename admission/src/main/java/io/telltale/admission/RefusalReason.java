package io.telltale.admission;

import io.telltale.message.Measures;
import java.util.Locale;

/** Why a submission is refused; each is a counter's cause and a row of {@code mqtt.md}. */
public enum RefusalReason {
  UNKNOWN_CREDENTIAL("the credential is not registered"),
  NOT_ACTIVE("the device or its credential is not active"),
  ATTESTATION_REQUIRED("this device type must attest first"),
  TOPIC_NOT_ALLOWED("no rule allows this device to publish on this topic"),
  TOPIC_DENIED("a rule denies this device to publish on this topic"),
  TYPE_NOT_ALLOWED("this device type may not send this message type"),
  PAYLOAD_TOO_LARGE("the payload has more than 262144 bytes"),
  NOT_JSON("the payload is not strict JSON in UTF-8"),
  PAYLOAD_UNREADABLE("the payload is not what the mapping of its message type reads"),
  METADATA_MALFORMED("seq, sent, time and firmware must be well formed"),
  SCHEMA_VIOLATION("the payload violates the schema of its message type"),
  VALUES_MISSING("values must be an object with one member at least"),
  UNIT_UNKNOWN("a unit is not known, or measures something else than its field"),
  VALUE_OUT_OF_RANGE("a value lies outside the range that the policy gives its field"),
  SENT_OUTSIDE_WINDOW("sent is more than 5 minutes off: check the device's clock"),
  TIME_TOO_OLD("time is longer ago than the message type's ageDaysMax"),
  TIME_IN_FUTURE("time lies in the future"),
  TIME_UNSTORABLE("sourceTime must be whole milliseconds since 1970, in the years 1 to 9999"),
  SEQUENCE_REQUIRED("this device type must send seq"),
  SEQUENCE_JUMP("seq is more than 2^40 above the last one: enroll anew to start at any number"),
  REPLAYED("this seq was used long ago; send the reading under a new one"),
  FORK("this seq has been used with another payload");

  private final String sentence;

  RefusalReason(String sentence) {
    this.sentence = sentence;
  }

  static RefusalReason of(Measures.Fault fault) {
    return switch (fault) {
      case VALUES_MISSING -> VALUES_MISSING;
      case TIME_UNSTORABLE -> TIME_UNSTORABLE;
      case UNIT_UNKNOWN -> UNIT_UNKNOWN;
      case OUT_OF_RANGE -> VALUE_OUT_OF_RANGE;
    };
  }

  /** What to tell the device: no internals. */
  public String sentence() {
    return sentence;
  }

  /** The counter's cause: lower case with dashes. */
  public String cause() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
