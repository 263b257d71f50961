package io.telltale.message;

import io.telltale.kernel.Bytes;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How the payloads of one message type are read and what a reading of theirs must be, compiled
 * (IN-5, IN-12). Door and pipeline read and judge by this one form, or what the first acknowledges
 * the second would refuse. Safe for many threads; never throws for a payload.
 */
public final class ReadingForm {
  private final MessageSchema schema;
  private final @Nullable PlainShape plain;
  // Of payloads that are ours and plain objects; null for all others, which take the full way.
  private final PlainShape.@Nullable Members usual;
  private final PlainShape.@Nullable Members usualAndGood;
  private final @Nullable MappedReader mapping;
  private final Measures measures;
  private final long ageMillisMax;

  /**
   * Throws {@link IllegalStateException} or {@link IllegalArgumentException} for a schema or a
   * mapping that is none: policies are checked.
   *
   * @param schema JSON Schema 2020-12 as text: of the payload, or of what the mapping makes of it
   * @param mapping how a payload that is not ours is read; null for ours
   * @param ageMillisMax how old a reading's own time may be when it comes
   */
  public ReadingForm(
      String schema, List<Field> fields, @Nullable Mapping mapping, long ageMillisMax) {
    this.schema = MessageSchema.of(schema);
    this.plain = PlainShape.of(schema).orElse(null);
    this.mapping = mapping == null ? null : new MappedReader(mapping);
    this.measures = new Measures(fields);
    this.ageMillisMax = ageMillisMax;
    this.usual = mapping == null && plain instanceof PlainShape.Members it ? it : null;
    this.usualAndGood = usual == null ? null : usual.measuredBy(measures);
  }

  /** A usual reading; null for a payload that needs the full way. */
  public @Nullable PlainReading plainly(Bytes payload) {
    return usual == null ? null : PlainReading.of(payload, usual);
  }

  /**
   * As {@link #plainly}, of a reading whose measures are surely good and need not be taken to know
   * it: numbers within their ranges, in the units that their fields have by themselves.
   */
  public @Nullable PlainReading plainlyGood(Bytes payload) {
    return usualAndGood == null ? null : PlainReading.of(payload, usualAndGood);
  }

  /**
   * The full way: the document in a payload, or the one that the mapping makes of it, which has a
   * {@code time} that can be stored. Null where there is none.
   *
   * @param received the time of receipt in milliseconds, which a mapping may want
   */
  public @Nullable JsonNode read(Bytes payload, long received) {
    return mapping == null
        ? StrictJson.read(payload).orElse(null)
        : mapping.read(payload, received) instanceof Mapped.Document(JsonNode document)
            ? document
            : null;
  }

  /** Why the mapping does not read a payload, for people; empty when it does or there is none. */
  public String unreadable(Bytes payload, long received) {
    return mapping != null && mapping.read(payload, received) instanceof Mapped.Refused(String why)
        ? why
        : "";
  }

  /** Whether payloads are read by a mapping, and what stands in them is not ours by name. */
  public boolean isMapped() {
    return mapping != null;
  }

  /**
   * Whether a document that {@link #read} gave keeps to the schema, as it is or with what came
   * beside it: a schema may ask for these members or not know them. Those that are needed are added
   * to {@code document}.
   */
  public boolean fits(JsonNode document, OptionalLong sequence, long sentMillis) {
    return fits(document) || (Beside.complete(document, sequence, sentMillis) && fits(document));
  }

  private boolean fits(JsonNode document) {
    return (plain != null && plain.accepts(document)) || schema.fits(document);
  }

  public MessageSchema schema() {
    return schema;
  }

  public Measures measures() {
    return measures;
  }

  public long ageMillisMax() {
    return ageMillisMax;
  }
}
