package io.telltale.pipeline.intake;

import io.telltale.message.Measures;

/**
 * Why an authentic record is not stored: constants, so that no reason can carry a payload. What a
 * door refuses, too, has the door's word ({@code docs/format/mqtt.md}).
 */
final class DeadLetterReason {
  static final String UNKNOWN_DEVICE = "unknown-device";
  static final String UNKNOWN_CREDENTIAL = "unknown-credential";
  static final String IDENTITY_MISMATCH = "identity-mismatch";
  static final String NOT_TRUSTED = "device-not-trusted";
  static final String CREDENTIAL_EXPIRED = "credential-expired";
  static final String SCOPE_MISMATCH = "scope-mismatch";
  static final String TYPE_NOT_ALLOWED = "type-not-allowed";
  static final String FORK = "fork";
  static final String REPLAYED = "replayed";
  static final String SEQUENCE_JUMP = "sequence-jump";
  static final String NOT_JSON = "not-json";
  static final String PAYLOAD_UNREADABLE = "payload-unreadable";
  static final String METADATA = "metadata-malformed";
  static final String TIME_IMPLAUSIBLE = "time-implausible";
  static final String TIME_UNSTORABLE = "time-unstorable";
  static final String SCHEMA_UNKNOWN = "schema-unknown";
  static final String SCHEMA_VIOLATION = "schema-violation";
  static final String VALUES_MISSING = "values-missing";
  static final String UNIT_UNKNOWN = "unit-unknown";
  static final String OUT_OF_RANGE = "value-out-of-range";

  /** It belongs to a minute of long ago that the lake cannot give back now. */
  static final String MINUTE_UNREADABLE = "minute-unreadable";

  /** It failed each time it was tried, in a way that nobody foresaw. */
  static final String NOT_PROCESSED = "not-processed";

  private DeadLetterReason() {}

  static String of(Measures.Fault fault) {
    return switch (fault) {
      case VALUES_MISSING -> VALUES_MISSING;
      case TIME_UNSTORABLE -> TIME_UNSTORABLE;
      case UNIT_UNKNOWN -> UNIT_UNKNOWN;
      case OUT_OF_RANGE -> OUT_OF_RANGE;
    };
  }
}
