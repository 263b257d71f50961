package io.telltale.admission;

import io.telltale.message.Mapped;
import io.telltale.message.MappedReader;
import io.telltale.message.Measures;
import io.telltale.message.MessageSchema;
import io.telltale.message.PlainShape;
import io.telltale.roster.MessageType;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How a message of one type is read and what it must look like (IN-5, IN-12): its mapping if the
 * payload is not ours, its schema, and the schema's quick form.
 */
final class Shape {
  private final MessageSchema schema;
  private final PlainShape.@Nullable Members quick;
  private final @Nullable MappedReader mapping;
  private final Measures measures;
  private final long ageMillisMax;

  private Shape(
      MessageSchema schema,
      PlainShape.@Nullable Members quick,
      @Nullable MappedReader mapping,
      Measures measures,
      long ageMillisMax) {
    this.schema = schema;
    this.quick = quick;
    this.mapping = mapping;
    this.measures = measures;
    this.ageMillisMax = ageMillisMax;
  }

  static Shape of(MessageType type) {
    var measures = new Measures(type.fields());
    return type.mapping()
        .map(MappedReader::new)
        .map(
            mapping ->
                new Shape(
                    MessageSchema.of(type.schema()), null, mapping, measures, ageMillis(type)))
        .orElseGet(() -> ours(type.schema(), measures, ageMillis(type)));
  }

  private static long ageMillis(MessageType type) {
    return TimeUnit.DAYS.toMillis(type.ageDaysMax());
  }

  /** Of payloads that are ours, with times up to {@code ageMillisMax} old. */
  static Shape ours(String schema, Measures measures, long ageMillisMax) {
    // Anything but a plain object has the validator alone.
    return new Shape(
        MessageSchema.of(schema),
        PlainShape.of(schema).orElse(null) instanceof PlainShape.Members it
            ? it.measuredBy(measures)
            : null,
        null,
        measures,
        ageMillisMax);
  }

  /** What accepts most readings without a tree; null when the schema is not plain. */
  PlainShape.@Nullable Members quick() {
    return quick;
  }

  MessageSchema schema() {
    return schema;
  }

  /** How old a reading's own time may be when it comes. */
  long ageMillisMax() {
    return ageMillisMax;
  }

  /** {@code received} is now, in milliseconds: what a foreign payload that says no time gets. */
  ParsedPayload read(Submission submission, long received) {
    if (mapping == null) {
      return PayloadReader.read(submission, this);
    }
    if (submission.payload().size() > AdmissionLimits.PAYLOAD_BYTES_MAX) {
      return new ParsedPayload.Malformed(RefusalReason.PAYLOAD_TOO_LARGE);
    }
    return switch (mapping.read(submission.payload(), received)) {
      case Mapped.Document(JsonNode document, long time) ->
          new ParsedPayload.Message(document, OptionalLong.empty(), received, time, "");
      case Mapped.Refused _ -> new ParsedPayload.Malformed(RefusalReason.PAYLOAD_UNREADABLE);
    };
  }

  /** Why the mapping does not read a payload, for people; empty when it does or there is none. */
  String unreadable(Submission submission, long received) {
    return mapping != null
            && mapping.read(submission.payload(), received) instanceof Mapped.Refused(String why)
        ? why
        : "";
  }

  boolean fits(JsonNode document) {
    return schema.fits(document);
  }

  /** Why a value lies outside its field's range, with both: for people who may see it. */
  Optional<String> outOfRange(ParsedPayload.Message message) {
    JsonNode document = message.document();
    return document == null ? Optional.empty() : measures.outOfRange(document);
  }

  /** What keeps a message from being stored, beyond its schema; null when nothing does. */
  Outcome.@Nullable Refused fault(ParsedPayload.Message message) {
    JsonNode document = message.document();
    if (document == null) {
      return null;
    }
    return switch (measures.of(document)) {
      case Measures.Judged.Good _ -> null;
      case Measures.Judged.Faulty(var fault, String field) ->
          new Outcome.Refused(
              switch (fault) {
                case VALUES_MISSING -> RefusalReason.VALUES_MISSING;
                case TIME_UNSTORABLE -> RefusalReason.TIME_UNSTORABLE;
                case UNIT_UNKNOWN -> RefusalReason.UNIT_UNKNOWN;
                case OUT_OF_RANGE -> RefusalReason.VALUE_OUT_OF_RANGE;
              },
              field);
    };
  }
}
